import type { PulumiHistory } from "../../../api/pulumi-history.ts";
import type { Revision } from "../../../api/pulumi-revisions.ts";
import { FaultsError } from "../../../faults.ts";
import { deployedOf } from "../../../program/deployed.ts";
import { fingerprintKey } from "../../project/fingerprint-key.ts";
import type { Target } from "../../project/target.ts";
import { type Deployment, isOther, revisionThen, rolledBackTo } from "./choose.ts";

/** How far back the history is searched. */
const MOST_UPDATES = 100;

/** Where a rollback goes, or that the last update was that very rollback. */
export type Choice =
  | { readonly kind: "done"; readonly to: number; readonly current: Deployment }
  | { readonly kind: "go"; readonly current: Deployment; readonly target: Deployment };

/** An update of the history, read. */
interface Past {
  readonly deployment: Deployment;
  /** A destroyed stack has a new key when it is made anew: values from before can't be told from those of now. */
  ofThisLife(): Promise<boolean>;
}

/** Reads the history for what to go back to: the version that is `wanted`, else the last one with other code or values. */
export async function findTarget(
  { context, key }: Target,
  history: PulumiHistory,
  revisions: readonly Revision[],
  {
    to: asked,
    codeOnly = false,
  }: { readonly to?: string | undefined; readonly codeOnly?: boolean | undefined },
): Promise<Choice> {
  const { stack } = context;
  const refuse = (what: string) =>
    new FaultsError([
      {
        where: asked === undefined ? `history of ${stack}` : "--to",
        what,
        fix: `Look at it: pulumi stack history --stack ${stack}, and name a version of an update: --to VERSION`,
      },
    ]);
  const good = (await history.updates(MOST_UPDATES)).filter(
    ({ kind, result }) => kind === "update" && result === "succeeded",
  );
  const read = async (update: (typeof good)[number]): Promise<Past | undefined> => {
    const state = await history.exportVersion(update.version);
    const deployed = deployedOf(state);
    if (deployed === undefined) return undefined;
    const deployment = { update, deployed, revision: revisionThen(deployed, update, revisions) };
    return { deployment, ofThisLife: async () => (await fingerprintKey(context, state)) === key };
  };
  const [first, ...older] = good;
  const current = (first && (await read(first)))?.deployment;
  if (first === undefined || current === undefined) throw refuse("no update of the stack ended well yet");
  if (key === undefined) throw refuse("no update of the stack ended well since it was destroyed");
  const last = rolledBackTo(first);
  const meant = last !== undefined && (asked === undefined || String(last.version) === asked);
  if (meant && (codeOnly || !last.codeOnly)) return { kind: "done", to: last.version, current };
  // Code alone went back, and the rest is to follow.
  const wanted = asked ?? (meant ? String(last.version) : undefined);
  if (wanted !== undefined) {
    const named = good.find(({ version }) => String(version) === wanted);
    const past = named && (await read(named));
    if (past === undefined) throw refuse(`'${wanted}' is no version of an update that ended well`);
    if (!(await past.ofThisLife()))
      throw refuse(
        `version ${wanted} is of the time before the stack was destroyed: its values can't be compared with those of now`,
      );
    return { kind: "go", current, target: past.deployment };
  }
  for (const update of older) {
    const past = await read(update);
    if (past === undefined || !isOther(past.deployment.deployed, current.deployed)) continue;
    if (await past.ofThisLife()) return { kind: "go", current, target: past.deployment };
    break;
  }
  throw refuse("no earlier update ran with other code or other values");
}
