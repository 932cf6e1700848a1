import { linesShown } from "../../project/values/dev-vars.ts";
import { fullName, type Given } from "../../project/values/given.ts";

/** What an old place holds and no Worker declares: not taken over, and never a reason to stop. */
export function describeUnused(unused: readonly Given[], target: string): string[] {
  const bySource = new Map<string, Given[]>();
  for (const one of unused) bySource.set(one.source, [...(bySource.get(one.source) ?? []), one]);
  return [...bySource].map(
    ([source, all]) =>
      `${source} also holds ${describe(all)}: not taken over. To bind one, add its name to 'secrets.required' of the wrangler file and run the command again (it goes to ${target}); a value that is not secret belongs in 'vars'.`,
  );
}

/** The names of an Environment are no secret in it. What stands before a '=' in a file may be a part of a value. */
function describe(all: readonly Given[]): string {
  const lines = all.flatMap(({ at }) => (at === undefined ? [] : [Number(at.replace("line ", ""))]));
  if (lines.length === 0) return `${all.map(fullName).join(", ")}, which no Worker declares`;
  return `${lines.length === 1 ? "a name" : `${lines.length} names`} that no Worker declares (${linesShown(lines)})`;
}
