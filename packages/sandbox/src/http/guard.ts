import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether a request's `Host` names this machine. A page that has its own name re-pointed to 127.0.0.1 (DNS
 * rebinding) still sends that name, so anything but a loopback name is refused.
 */
export function isLoopbackHost(host: string | null): boolean {
  if (host === null) return false;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "127.0.0.1" || name === "localhost" || name === "[::1]";
}

/** Compares in constant time whatever the lengths: both sides are hashed first. */
export function sameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
