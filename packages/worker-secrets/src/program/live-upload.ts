import type { Deployment, Version } from "../api/cloudflare-deployments.ts";
import { uploadKeyOf } from "./upload-mark.ts";

/** What answers for a Worker now, seen from the stack's last upload. */
export type LiveUpload =
  /** Nothing is deployed, or only drafts that came by setting secrets. */
  | { readonly kind: "nothing" }
  /** No version of it has the stack's mark: a version of this program before the marks uploaded it, or something else did. */
  | { readonly kind: "unmarked"; readonly base: Deployment }
  /** The stack's last upload answers. */
  | { readonly kind: "own"; readonly tag: string }
  /** Somebody deployed something else since. */
  | Elsewhere;

export interface Elsewhere {
  readonly kind: "elsewhere";
  /** By which it came. */
  readonly base: Deployment;
  /** The versions that answer, as far as the API still lists them. */
  readonly live: readonly Version[];
  /** The stack's last upload. `tag` is `undefined` where it has no mark. */
  readonly own: { readonly version: string; readonly createdOn: string; readonly tag: string | undefined };
}

/**
 * Decides by identity: the stack's last upload is the version with the highest number that has its mark. Going back to exactly that
 * one is as good as its own deployment. Edits of secrets on top are another matter (`editedBy`), so they are looked through.
 */
export function liveUpload(
  deployments: readonly Deployment[],
  versions: readonly Version[],
  mark: string,
): LiveUpload {
  const base = newestFirst(deployments).find(({ trigger }) => trigger !== "secret");
  if (base === undefined) return { kind: "nothing" };
  const [own] = versions
    .filter(({ tag }) => uploadKeyOf(mark, tag) !== undefined)
    .sort((a, b) => b.number - a.number);
  if (own?.tag === undefined) return { kind: "unmarked", base };
  const [only] = base.versions;
  if (base.versions.length === 1 && only?.id === own.id) return { kind: "own", tag: own.tag };
  const live = base.versions.flatMap(({ id }) => versions.find((version) => version.id === id) ?? []);
  return { kind: "elsewhere", base, live, own: { version: own.id, createdOn: own.createdOn, tag: own.tag } };
}

export function newestFirst(deployments: readonly Deployment[]): readonly Deployment[] {
  return [...deployments].sort((a, b) => Date.parse(b.createdOn) - Date.parse(a.createdOn));
}

/** What to do with the next upload of a Worker that something else answers for. */
export type Verdict = "upload" | "stop" | "nothing-due";

/**
 * `key`: fingerprint of what would be uploaded now; `undefined` where it can't be known yet. An upload of the same as what answers
 * overwrites nothing, and one that somebody allowed by the deployment's id may.
 */
export function verdict(
  { base, live, own }: Elsewhere,
  mark: string,
  key: string | undefined,
  { overwrite, edited }: { readonly overwrite: string | undefined; readonly edited: boolean },
): Verdict {
  if (overwrite === base.id) return "upload";
  if (key !== undefined && !edited && uploadKeyOf(mark, own.tag) === key) return "nothing-due";
  const [only] = live;
  const same = base.versions.length === 1 && key !== undefined && uploadKeyOf(mark, only?.tag) === key;
  return same ? "upload" : "stop";
}
