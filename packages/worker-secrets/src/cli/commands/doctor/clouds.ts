import { send } from "../../../api/http.ts";
import { isLoopback } from "../../../program/endpoints.ts";
import { Blocked, type Check, fail, ok, warn } from "./check.ts";

/** Beyond this, signatures and expiries begin to be judged wrongly. */
const MOST_SKEW_MS = 60_000;

/** Both clouds have to be of one world: tokens of one must not reach the other. */
export function checkEndpoints(pulumiUrl: string, cloudflareUrl: string): Check {
  const [pulumi, cloudflare] = [pulumiUrl, cloudflareUrl].map((url) => isLoopback(new URL(url)));
  if (pulumi === cloudflare)
    return ok("endpoints", `${pulumiUrl} and ${cloudflareUrl}${pulumi ? " (the sandbox)" : ""}`);
  return fail(
    "endpoints",
    `${pulumiUrl} and ${cloudflareUrl}: one is on this machine and the other is the real one`,
    "Set PULUMI_BACKEND_URL and CLOUDFLARE_BASE_URL to the sandbox's addresses, or unset both.",
  );
}

/** Compares this machine's clock with the `Date` of an answer; which answer does not matter, so nothing is sent along. */
export async function checkClock(name: string, url: string): Promise<Check> {
  if (!URL.canParse(url)) throw new Blocked("the endpoints are not known");
  const before = Date.now();
  const { headers } = await send({ method: "GET", url });
  return clockCheck(`clock and ${name}`, headers.get("date"), before, Date.now());
}

/** Pure. The header has whole seconds, and was written somewhere between the two times. */
export function clockCheck(check: string, header: string | null, before: number, after: number): Check {
  const there = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(there)) return ok(check, "the service tells no time");
  const skew = there < before - 1000 ? before - there : there > after ? there - after : 0;
  const seconds = Math.round(skew / 1000);
  if (skew <= MOST_SKEW_MS) return ok(check, seconds === 0 ? "agree" : `differ by ${seconds} s`);
  return warn(
    check,
    `this machine is ${seconds} s ${there < before ? "ahead" : "behind"}`,
    "Set the clock by the network: sudo timedatectl set-ntp true",
  );
}
