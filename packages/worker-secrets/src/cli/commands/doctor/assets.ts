import { FaultsError } from "../../../faults.ts";
import { assetFaults, listed } from "../../../program/assets/read.ts";
import type { Declared } from "../../project/declared.ts";
import { type Check, fail, ok } from "./check.ts";

/** What the Workers' static assets hold that must not be public. By names alone: no file is read. */
export async function checkAssets({ workers }: Declared): Promise<Check[]> {
  const checks = workers.map(async (worker): Promise<Check[]> => {
    const check = `assets of ${worker.name}`;
    try {
      const folder = await listed(worker);
      if (folder === undefined) return [];
      const faults = assetFaults(worker, folder);
      if (faults.length > 0)
        return faults.map(({ where, what, fix }) => fail(check, `${where}: ${what}`, fix));
      const { length } = folder.files;
      return [
        ok(check, `${length} ${length === 1 ? "file" : "files"}, none with a name that stands for secrets`),
      ];
    } catch (error) {
      if (!(error instanceof FaultsError)) throw error;
      return error.faults.map(({ where, what, fix }) => fail(check, `${where}: ${what}`, fix));
    }
  });
  return (await Promise.all(checks)).flat();
}
