import type { Fault } from "../../../faults.ts";
import { type Deployed, deployedWorker } from "../../../program/deployed.ts";
import { fingerprintsOf, variableTexts } from "../../../program/fingerprints.ts";
import type { Context } from "../../project/context.ts";
import { readDeclared } from "../../project/declared.ts";
import { fingerprintKey } from "../../project/fingerprint-key.ts";
import { openStackFile } from "../../project/stack-file.ts";

/**
 * Plain variables differ between stacks on purpose, so those of the target can't be compared with the source's. What can:
 * the variables that this checkout declares for the source itself. Others there mean that the source has not run this
 * checkout. Nothing where the checkout has no file of that stack, or an older version deployed it.
 */
export async function variableFaults(
  from: Context,
  exported: unknown,
  source: Deployed | undefined,
): Promise<Fault[]> {
  const file = openStackFile(from.stackFile);
  if (source === undefined || !file.exists) return [];
  const key = await fingerprintKey(from, exported);
  if (key === undefined) return [];
  const { workers } = await readDeclared(from, file);
  return workers.flatMap((worker): Fault[] => {
    const runs = deployedWorker(source, worker.name, workers.length)?.vars;
    if (runs === undefined) return [];
    const declared = fingerprintsOf(key, from.stack, variableTexts(worker.config.vars));
    const others = [...new Set([...Object.keys(runs), ...Object.keys(declared)])]
      .filter((name) => runs[name] !== declared[name])
      .sort();
    if (others.length === 0) return [];
    return [
      {
        where: worker.config.whereIs(["vars"]),
        what: `${from.stack} runs with other variables than this checkout declares for it: ${others.join(", ")}`,
        fix: `Check out the commit that ${from.stack} runs, or deploy this one there first: pulumi up --stack ${from.stack}`,
      },
    ];
  });
}
