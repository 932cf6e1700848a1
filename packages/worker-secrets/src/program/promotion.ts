import { pulumiHistory } from "../api/pulumi-history.ts";
import type { Bundle } from "../compile/bundle.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { type Deployed, deployedOf, deployedWorker } from "./deployed.ts";
import { type Fault, refuseIfAny } from "./faults.ts";
import type { Settings } from "./settings.ts";

type Bundles = ReadonlyMap<DeclaredWorker, Bundle | undefined>;

/** How far back the source stack is asked: it may have gone on while an approval was waited for. */
const UPDATES_BACK = 25;

/**
 * With `promoteFrom` in its config, a stack takes no code that the source stack has not run: each Worker's content hash
 * has to be one that an `up` of that stack ended with. Code that this stack runs already is no new code. Asked of the
 * service and not by a `StackReference`, which would be registered before anything is known, and knows no history.
 */
export async function guardPromotion(settings: Settings, bundles: Bundles): Promise<void> {
  const { promoteFrom } = settings;
  if (promoteFrom === undefined) return;
  const { pulumi } = settings.endpoints;
  const [organization, source] = promoteFrom.includes("/")
    ? (promoteFrom.split("/") as [string, string])
    : [settings.stackOrganization, promoteFrom];
  const from = pulumiHistory(pulumi, organization, settings.project, source);
  const own = pulumiHistory(pulumi, settings.stackOrganization, settings.project, settings.stack);

  const [latest, ...older] = (await from.updates(UPDATES_BACK)).filter(
    ({ kind, result }) => kind === "update" && result === "succeeded",
  );
  if (latest === undefined) {
    refuseIfAny([
      {
        where: `Pulumi.${settings.stack}.yaml, ${settings.project}:promoteFrom`,
        what: `the stack '${promoteFrom}' has never come up (or is not there), so it has not run this code`,
        fix: `Deploy there first: pulumi up --stack ${promoteFrom}`,
      },
    ]);
    return;
  }
  let waiting = notRun(settings.workers, bundles, deployedOf(await from.exportVersion(latest.version)));
  const newest = waiting;
  if (waiting.length > 0) {
    const [last] = (await own.updates(UPDATES_BACK)).filter(({ result }) => result === "succeeded");
    if (last !== undefined)
      waiting = notRun(waiting, bundles, deployedOf(await own.exportVersion(last.version)), settings.workers);
  }
  for (const { version } of older) {
    if (waiting.length === 0) return;
    waiting = notRun(waiting, bundles, deployedOf(await from.exportVersion(version)), settings.workers);
  }
  refuseIfAny(
    newest
      .filter((worker) => waiting.includes(worker))
      .map((worker) => faultOf(worker, bundles, settings, promoteFrom)),
  );
}

/** Pure: the Workers whose code is another than what a stack ended an `up` with. Assets alone have no code to compare. */
export function notRun(
  workers: readonly DeclaredWorker[],
  bundles: Bundles,
  deployed: Deployed | undefined,
  declared: readonly DeclaredWorker[] = workers,
): readonly DeclaredWorker[] {
  return workers.filter((worker) => {
    const bundle = bundles.get(worker);
    return (
      bundle !== undefined &&
      deployedWorker(deployed, worker.name, declared.length)?.contentHash !== bundle.sha256
    );
  });
}

function faultOf(
  worker: DeclaredWorker,
  bundles: Bundles,
  { project, stack }: Settings,
  promoteFrom: string,
): Fault {
  const hash = bundles.get(worker)?.sha256.slice(0, 12) ?? "";
  return {
    where: `Pulumi.${stack}.yaml, ${project}:promoteFrom`,
    what: `the code of '${worker.name}' (content hash ${hash}…) is nothing that '${promoteFrom}' has run in its last ${UPDATES_BACK} updates`,
    fix: `Deploy it there first: pulumi up --stack ${promoteFrom}. If that was done, check out the same commit and run npm ci: another esbuild or package gives another hash.`,
  };
}
