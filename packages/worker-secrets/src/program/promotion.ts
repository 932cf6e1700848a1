import { pulumiHistory } from "../api/pulumi-history.ts";
import { type Fault, refuseIfAny } from "../faults.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { type Deployed, deployedOf, deployedWorker } from "./deployed.ts";
import type { Settings } from "./settings.ts";
import {
  describeCompilers,
  type Version,
  type VersionDifference,
  type Versions,
  versionDifference,
} from "./versions.ts";

/** How far back the source stack is asked: it may have gone on while an approval was waited for. */
const UPDATES_BACK = 25;

/**
 * With `promoteFrom` in its config, a stack takes nothing that the source stack has not run: each Worker's code and static
 * assets have to be those that one `up` of that stack ended with. What this stack runs already is nothing new. Asked of the
 * service and not by a `StackReference`, which would be registered before anything is known, and knows no history.
 */
export async function guardPromotion(settings: Settings, versions: Versions): Promise<void> {
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
        where: `Pulumi.${settings.stack}.yaml, ${NAMESPACE}:promoteFrom`,
        what: `the stack '${promoteFrom}' has never come up (or is not there), so it has not run this code`,
        fix: `Deploy there first: pulumi up --stack ${promoteFrom}`,
      },
    ]);
    return;
  }
  const unrecorded = new Set<DeclaredWorker>();
  const compilers = new Map<DeclaredWorker, string | null | undefined>();
  let waiting: readonly DeclaredWorker[] = settings.workers;
  const look = (deployed: Deployed | undefined) => {
    waiting = waiting.filter((worker) => {
      const difference = differenceTo(worker, versions, deployed, settings.workers.length);
      if (difference === "unrecorded") unrecorded.add(worker);
      if (difference === "compiler" && !compilers.has(worker))
        compilers.set(worker, deployedWorker(deployed, worker.name, settings.workers.length)?.compiledBy);
      return difference !== undefined;
    });
  };
  look(deployedOf(await from.exportVersion(latest.version)));
  if (waiting.length > 0) {
    const [last] = (await own.updates(UPDATES_BACK)).filter(({ result }) => result === "succeeded");
    if (last !== undefined) look(deployedOf(await own.exportVersion(last.version)));
  }
  for (const { version } of older) {
    if (waiting.length === 0) return;
    look(deployedOf(await from.exportVersion(version)));
  }
  refuseIfAny(
    waiting.map((worker) =>
      faultOf(worker, versions, settings, {
        promoteFrom,
        unrecorded: unrecorded.has(worker),
        compiler: compilers.has(worker) ? { there: compilers.get(worker) } : undefined,
      }),
    ),
  );
}

/** Pure: the Workers that are another version than what a stack ended an `up` with. */
export function notRun(
  workers: readonly DeclaredWorker[],
  versions: Versions,
  deployed: Deployed | undefined,
  declared: readonly DeclaredWorker[] = workers,
): readonly DeclaredWorker[] {
  return workers.filter((worker) => differenceTo(worker, versions, deployed, declared.length) !== undefined);
}

/** How a Worker's version differs from what a stack ended an `up` with. */
export function differenceTo(
  worker: DeclaredWorker,
  versions: Versions,
  deployed: Deployed | undefined,
  declared: number,
): VersionDifference | undefined {
  const version = versions.get(worker) ?? { contentHash: null, assetsHash: null, compiledBy: null };
  return versionDifference(version, deployedWorker(deployed, worker.name, declared));
}

/** `unrecorded`: one of the updates ran the code, and an older version of this tool noted no assets of it. */
function faultOf(
  worker: DeclaredWorker,
  versions: Versions,
  { stack }: Settings,
  {
    promoteFrom,
    unrecorded,
    compiler,
  }: {
    readonly promoteFrom: string;
    readonly unrecorded: boolean;
    readonly compiler: { readonly there: string | null | undefined } | undefined;
  },
): Fault {
  const where = `Pulumi.${stack}.yaml, ${NAMESPACE}:promoteFrom`;
  if (unrecorded)
    return {
      where,
      what: `'${promoteFrom}' has run the code of '${worker.name}', but its record is of an older version, which did not note the static assets: whether they are the same can't be told`,
      fix: `Have it recorded, which uploads nothing else: pulumi up --stack ${promoteFrom}`,
    };
  if (compiler !== undefined)
    return {
      where,
      what: `${describeVersion(worker.name, versions.get(worker))} is nothing that '${promoteFrom}' has run in its last ${UPDATES_BACK} updates; ${describeCompilers(compiler.there, versions.get(worker)?.compiledBy ?? null)}`,
      fix: `Deploy it there again, by the same versions: npm ci, then pulumi up --stack ${promoteFrom}`,
    };
  return {
    where,
    what: `${describeVersion(worker.name, versions.get(worker))} is nothing that '${promoteFrom}' has run in its last ${UPDATES_BACK} updates`,
    fix: `Deploy it there first: pulumi up --stack ${promoteFrom}. If that was done, check out the same commit, build the same assets and run npm ci: another package gives another hash.`,
  };
}

function describeVersion(name: string, version: Version | undefined): string {
  const short = (hash: string) => `${hash.slice(0, 12)}…`;
  const { contentHash = null, assetsHash = null } = version ?? {};
  if (contentHash === null) return `the version of '${name}' (static assets ${short(assetsHash ?? "")})`;
  const code = `the code of '${name}' (content hash ${short(contentHash)})`;
  return assetsHash === null ? code : `${code} with its static assets (${short(assetsHash)})`;
}
