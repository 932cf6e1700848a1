import satisfies from "semver/functions/satisfies.js";
import { FaultsError } from "../../faults.ts";
import { WRANGLER_RANGE, type Wrangler } from "./find-wrangler.ts";

/**
 * Before wrangler is started, not where it is found: what is kept was made by a version in the range.
 *
 * @throws FaultsError
 */
export function refuseOutOfRange({ version, script }: Wrangler, where: string): void {
  if (satisfies(version, WRANGLER_RANGE)) return;
  throw new FaultsError([
    {
      where,
      what: `the project has wrangler ${version} (${script}), and Workers are compiled by ${WRANGLER_RANGE}`,
      fix: "Install another version: npm install --save-dev wrangler@4",
    },
  ]);
}
