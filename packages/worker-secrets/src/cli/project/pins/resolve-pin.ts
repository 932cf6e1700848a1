import type { Revision } from "../../../api/pulumi-revisions.ts";
import type { Fault } from "../../../faults.ts";

/**
 * The pin to write: `latest-number` is the number of the latest revision, so that later edits of the values do not
 * reach the stack by themselves; a number or a tag has to be there. Faults go into `faults`.
 */
export function resolvePin(
  wanted: string,
  revisions: readonly Revision[],
  environment: string,
  faults: Fault[],
): string {
  const [latest] = revisions;
  const pin = wanted === "latest-number" ? String(latest?.number ?? "") : wanted;
  const found = revisionOf(pin, revisions);
  if (wanted === "latest" || found === undefined) {
    faults.push({
      where: "--pin",
      what: `'${wanted}' is no revision number or tag of ${environment} that stays where it is`,
      fix: `List them: pulumi env version history ${environment} (or write --pin latest-number)`,
    });
  } else if (found.retracted) {
    faults.push({
      where: "--pin",
      what: `revision ${found.number} of ${environment} was retracted`,
      fix: `Choose another: pulumi env version history ${environment}`,
    });
  }
  return pin;
}

/** A pin to a number; a tag begins with no digit. */
export function isNumber(pin: string | undefined): pin is string {
  return pin !== undefined && /^\d/.test(pin);
}

/** The revision that a pin means now; a tag may have been moved since. */
export function revisionOf(pin: string, revisions: readonly Revision[]): Revision | undefined {
  if (pin === "latest") return revisions[0];
  return revisions.find(({ number, tags }) => String(number) === pin || tags.includes(pin));
}

/** The revision that was the latest at a time. `revisions` is newest first. */
export function latestAt(time: number, revisions: readonly Revision[]): Revision | undefined {
  return revisions.find(({ created }) => Date.parse(created) <= time);
}
