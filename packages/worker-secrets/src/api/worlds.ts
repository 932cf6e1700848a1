import { type Token, textOf } from "./credential.ts";
/**
 * The two worlds that a token can be of: the real services, and a sandbox on this machine. A token of the one never
 * goes to the other: the sandbox has no business with a real credential, and its samples none with a real service.
 */
export type World = "sandbox" | "real";

/** Every token that the sandbox makes says so, Cloudflare's own prefix before it or not. */
const SANDBOX = /^(?:cf[a-z]+_)?sandbox-/;

/**
 * The forms of real tokens: Cloudflare's scannable ones and global keys (`cfut_`, `cfat_`, `cfk_`;
 * developers.cloudflare.com/fundamentals/api/get-started/token-formats, seen 2026-11-25), its older ones of exactly 40
 * characters, and Pulumi Cloud's (`pul-`).
 */
const REAL = /^(?:cf[a-z]+_.*|pul-.*|[\w-]{40})$/s;

/** The world that a token is of by its form; `undefined` where the form tells nothing. */
function worldOfToken(token: string): World | undefined {
  if (SANDBOX.test(token)) return "sandbox";
  return REAL.test(token) ? "real" : undefined;
}

/** The world that an address is of. One that can't be read is no sandbox's. */
export function worldOfUrl(url: string | URL): World {
  const { hostname } = typeof url === "string" ? (URL.parse(url) ?? { hostname: "" }) : url;
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname)
    ? "sandbox"
    : "real";
}

const REAL_HOSTS = ["api.pulumi.com", "api.cloudflare.com"];

/**
 * Why nothing is sent to an address: the real services are two hosts, over https. A Pulumi Cloud of one's own is named by
 * `WORKER_SECRETS_HOSTS`, which no Environment can set. `undefined` where it may be asked.
 */
export function hostFault(url: URL, own: string | undefined): string | undefined {
  if (worldOfUrl(url) === "sandbox") return undefined;
  if (url.protocol !== "https:") return "it is not https, so whoever is between could read the token";
  if (url.username !== "" || url.password !== "") return "it holds a user or a password";
  if (REAL_HOSTS.includes(url.host) || (own ?? "").split(/[\s,]+/).includes(url.host)) return undefined;
  return `its host is none of ${REAL_HOSTS.join(" and ")}`;
}

/** What to do about it. */
export const HOST_FIX =
  "Unset the variable for the real service. A host of your own is named outside ESC, in the environment of the shell or job: WORKER_SECRETS_HOSTS=HOST";

/** Why a token must not go to an address; `undefined` when it may. The token is not in the text. */
export function worldFault(token: Token, url: string | URL): string | undefined {
  const [of, to] = [worldOfToken(textOf(token)), worldOfUrl(url)];
  if (of === undefined || of === to) return undefined;
  return of === "real"
    ? `it has the form of a real token, and ${String(url)} is on this machine: a sandbox has no business with it`
    : `it is a sandbox's token, and ${String(url)} is a real service`;
}
