import { createHash } from "node:crypto";
import type { Identity } from "../store/identity.ts";

/** An id as Cloudflare's look, the same after every start. */
export function stableId(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

export function userId({ user }: Identity): string {
  return stableId(`user ${user}`);
}
