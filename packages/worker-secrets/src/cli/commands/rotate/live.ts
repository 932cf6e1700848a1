import type { Fault } from "../../../faults.ts";
import { overwriteFault } from "../../../program/deployed-elsewhere.ts";
import { OwnedState } from "../../../program/ownership.ts";
import { readUpload, runsOf, settleUnmarked } from "../../../program/read-live.ts";
import { deployAccount } from "../../project/access.ts";
import type { Target } from "../../project/target.ts";
import type { Place } from "./plan.ts";

/**
 * What would stop the rotation's `up` after the value is stored: somebody has deployed something else of a Worker that uses it. A
 * new value always makes an upload due.
 */
export async function liveFaults(target: Target, { users }: Pick<Place, "users">): Promise<Fault[]> {
  const { context, deployment } = target;
  const uploader = { ...context, stackOrganization: context.organization };
  const access = await deployAccount(target);
  const faults = await Promise.all(
    users.map(async (worker): Promise<Fault[]> => {
      const { scriptName, overwriteDeployment } = worker;
      const live = await settleUnmarked(await readUpload(access, uploader, scriptName), async () => ({
        modifiedOn: new OwnedState(deployment).modifiedOn(scriptName),
        runs: await runsOf(context.pulumi, uploader),
      }));
      if (live.kind !== "elsewhere" || live.base.id === overwriteDeployment) return [];
      return [overwriteFault(worker, live, uploader)];
    }),
  );
  return faults.flat();
}
