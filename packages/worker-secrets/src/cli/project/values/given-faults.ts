import type { Fault } from "../../../faults.ts";
import { fullName, type Given, splitName } from "./given.ts";
import { DEPLOY_NAMES, isKnown, type Known, likelyMeant } from "./known-names.ts";
import type { Chosen, Slot } from "./slots.ts";

/** All that is wrong with what was handed over; a value is never told, nor a name that may be a part of one. */
export function givenFaults(
  slots: readonly Slot[],
  chosen: Chosen,
  known: Known,
  stackFile: string,
): Fault[] {
  const places = new Set(slots.map(fullName));
  const faults: Fault[] = [];
  const declared = `Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in ${stackFile}), or leave it out. Declared are: ${[...places].join(", ")}`;
  const unknown = (where: string, name: string): Fault =>
    known.program.has(splitName(name).name)
      ? {
          where,
          what: `the program passes '${name}' (programSecrets), so nothing would use a stored value`,
          fix: "Leave it out. For local work, set it in the environment of: npx worker-secrets dev",
        }
      : {
          where,
          what: `'${name}' is declared by no Worker of the stack, so nothing would use it`,
          fix: declared,
        };
  for (const one of chosen.given) {
    if (!one.strict || places.has(fullName(one))) continue;
    if (isKnown(one, known) || known.program.has(one.name)) faults.push(unknown(one.source, fullName(one)));
    else
      faults.push({
        where: [one.source, one.at].join(", "),
        what: `${unknownName(one, known)} (it is not shown: it may be a part of a value)`,
        fix: `${declared}. A value of several lines: in quotes, or as JSON.`,
      });
  }
  for (const name of chosen.generate) {
    if (!places.has(name)) faults.push(unknown("--generate", name));
    else if (DEPLOY_NAMES.some((deploy) => deploy === name)) {
      faults.push({
        where: "--generate",
        what: `${name} comes from Cloudflare; it can't be made up`,
        fix: "Make a token in the dashboard (My Profile, API Tokens: Workers Scripts: Edit).",
      });
    }
  }
  for (const name of chosen.replace) if (!places.has(name)) faults.push(unknown("--replace", name));
  return faults;
}

function unknownName({ name, worker }: Given, known: Known): string {
  if (worker !== undefined && known.names.has(name))
    return `it is for a Worker that the stack does not have: what stands before '.${name}' is the name of none`;
  const meant = likelyMeant(name, known);
  return `its name is declared by no Worker of the stack${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}
