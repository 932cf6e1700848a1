import { type AccountAccess, CloudflareCode, unless } from "../api/cloudflare.ts";
import { type Deployment, deploymentsOf, versionsOf } from "../api/cloudflare-deployments.ts";
import type { Token } from "../api/credential.ts";
import { type LiveUpload, liveUpload } from "./live-upload.ts";
import type { Run } from "./own-deployment.ts";
import { stackMark, type Uploader } from "./upload-mark.ts";

export interface ReadUpload {
  readonly deployments: readonly Deployment[];
  readonly live: LiveUpload;
}

/** How much of the stack's history is looked at: far more updates than lie between two looks. */
const HISTORY = 100;

/** Reads who deployed a Worker last. A Worker that is not there has nothing live. */
export async function readUpload(
  { url, token, accountId }: AccountAccess,
  uploader: Uploader,
  scriptName: string,
): Promise<ReadUpload> {
  const [deployments, versions] = await Promise.all([
    ifThere(deploymentsOf(url, token, accountId, scriptName)),
    ifThere(versionsOf(url, token, accountId, scriptName)),
  ]);
  return { deployments, live: liveUpload(deployments, versions, stackMark(uploader)) };
}

/** What the stack itself knows of its last upload; read only for a Worker without a mark. */
export interface OwnHistory {
  /** When the script changed last, as the state has it. */
  readonly modifiedOn: string | undefined;
  readonly runs: readonly Run[];
}

/** Settles a Worker that no marked version is known of by the times of the stack's updates. */
export async function settleUnmarked(
  { deployments, live }: ReadUpload,
  history: () => Promise<OwnHistory>,
): Promise<LiveUpload> {
  if (live.kind !== "unmarked") return live;
  const [{ modifiedOn, runs }, { ownDeployment }] = await Promise.all([
    history(),
    import("./own-deployment.ts"),
  ]);
  const uploads = deployments.filter(({ trigger }) => trigger !== "secret");
  const { own, replaced } = ownDeployment(uploads, runs, modifiedOn);
  const [version] = own?.versions ?? [];
  if (!replaced || own === undefined || version === undefined) return live;
  return {
    kind: "elsewhere",
    base: live.base,
    live: [],
    own: { version: version.id, createdOn: own.createdOn, tag: undefined },
  };
}

/** The times in which a stack ran updates. */
export async function runsOf(
  pulumi: { readonly url: string; readonly token: Token },
  { stackOrganization, project, stack }: Uploader,
): Promise<readonly Run[]> {
  const { pulumiHistory } = await import("../api/pulumi-history.ts");
  const updates = await pulumiHistory(pulumi, stackOrganization, project, stack).updates(HISTORY);
  return updates.filter(({ kind }) => kind === "update" || kind === "destroy");
}

/** Of a Worker that is not there yet: none. */
async function ifThere<T>(list: Promise<readonly T[]>): Promise<readonly T[]> {
  return (await unless([CloudflareCode.notFound], list)) ?? [];
}
