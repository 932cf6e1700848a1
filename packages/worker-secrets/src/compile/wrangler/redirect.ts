import { FaultsError } from "../../faults.ts";
import type { Applied, Keys, Wanted } from "./environments.ts";

/**
 * The environment that a build tool's generated file was made for. wrangler takes such a file whatever `--env` says as long as the file
 * does not say otherwise, so what the stack wants has to be proved by it.
 */
export function appliedByBuild(whole: Keys, wanted: Wanted, shownAs: string): Applied {
  const target =
    typeof whole.targetEnvironment === "string" && whole.targetEnvironment !== ""
      ? whole.targetEnvironment
      : undefined;
  const defined = Array.isArray(whole.definedEnvironments) ? whole.definedEnvironments : [];
  const byStack = wanted.environmentByStack;
  const asked = wanted.environment ?? (defined.includes(byStack) ? byStack : undefined);
  const environment = asked === "" ? undefined : asked;
  if (environment !== target) {
    throw new FaultsError([
      {
        where: shownAs,
        what: `a build tool made this file for ${nameOf(target)}, and the stack takes ${nameOf(environment)}`,
        fix: `Build again with CLOUDFLARE_ENV=${environment ?? ""}, or write environment: ${target ?? '""'} into the Worker's entry.`,
      },
    ]);
  }
  return { keys: whole, environment, placeOf: (path) => path };
}

function nameOf(environment: string | undefined): string {
  return environment === undefined ? "the top level" : `'env.${environment}'`;
}
