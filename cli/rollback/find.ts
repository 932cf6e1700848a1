import type { PulumiHistory } from "../../service/pulumi-history.ts";
import type { Revision } from "../../service/pulumi-revisions.ts";
import { deployedOf } from "../../stack/deployed.ts";
import { FaultsError } from "../../stack/faults.ts";
import { fingerprintKey } from "../promote/fingerprint-key.ts";
import type { Target } from "../promote/target.ts";
import { type Deployment, isOther, revisionThen, rolledBackTo } from "./choose.ts";

/** How far back the history is searched. */
const MOST_UPDATES = 100;

/** Where a rollback goes, or that the last update was that very rollback. */
export type Choice =
  | { readonly kind: "done"; readonly to: number; readonly by: number }
  | { readonly kind: "go"; readonly current: Deployment; readonly target: Deployment };

/** Reads the history for what to go back to: the version that is `wanted`, else the last one with other code or values. */
export async function findTarget(
  { context, key }: Target,
  history: PulumiHistory,
  revisions: readonly Revision[],
  wanted: string | undefined,
): Promise<Choice> {
  const { stack } = context;
  const refuse = (what: string) =>
    new FaultsError([
      {
        where: wanted === undefined ? `history of ${stack}` : "--to",
        what,
        fix: `Look at it: pulumi stack history --stack ${stack}, and name a version of an update: --to VERSION`,
      },
    ]);
  const past = await history.updates(MOST_UPDATES);
  const good = past.filter(({ kind, result }) => kind === "update" && result === "succeeded");
  const read = async (update: (typeof good)[number]): Promise<Deployment | undefined> => {
    const deployed = deployedOf(await history.exportVersion(update.version));
    return deployed && { update, deployed, revision: revisionThen(deployed, update, revisions) };
  };
  // A destroyed stack has a new key when it is made anew: values from before can't be told from those of now.
  const ofThisLife = async ({ update }: Deployment) =>
    (await fingerprintKey(context, await history.exportVersion(update.version))) === key;
  const [first, ...older] = good;
  const current = first && (await read(first));
  if (first === undefined || current === undefined) throw refuse("no update of the stack ended well yet");
  if (key === undefined) throw refuse("no update of the stack ended well since it was destroyed");
  const to = rolledBackTo(first);
  if (wanted === undefined ? to !== undefined : to !== undefined && String(to) === wanted)
    return { kind: "done", to: to ?? 0, by: first.version };
  if (wanted !== undefined) {
    const named = good.find(({ version }) => String(version) === wanted);
    const target = named && (await read(named));
    if (target === undefined) throw refuse(`'${wanted}' is no version of an update that ended well`);
    if (!(await ofThisLife(target)))
      throw refuse(
        `version ${wanted} is of the time before the stack was destroyed: its values can't be compared with those of now`,
      );
    return { kind: "go", current, target };
  }
  for (const update of older) {
    const target = await read(update);
    if (target === undefined || !isOther(target.deployed, current.deployed)) continue;
    if (await ofThisLife(target)) return { kind: "go", current, target };
    break;
  }
  throw refuse("no earlier update ran with other code or other values");
}
