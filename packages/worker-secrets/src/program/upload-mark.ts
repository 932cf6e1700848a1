import { createHash } from "node:crypto";

/**
 * Marks each upload by the version's tag (`workers/tag`, at most 100 bytes; a version that a secret edit or the dashboard makes
 * does not inherit it): `worker-secrets <stack> <fingerprint of the upload>`. It tells the stack's own versions from others
 * whatever the clocks and the author say, and shows in `wrangler versions list`.
 */
const PREFIX = "worker-secrets";

/** Who uploads: the stack, by its full name. */
export interface Uploader {
  readonly stackOrganization: string;
  readonly project: string;
  readonly stack: string;
}

/** The part of the tag that all uploads of a stack share. */
export function stackMark({ stackOrganization, project, stack }: Uploader): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([stackOrganization, project, stack]))
    .digest("hex");
  return `${PREFIX} ${hash.slice(0, 8)}`;
}

/**
 * The tag of the next upload. `last`: that of the stack's last one, which stays where nothing changed, so that the engine sees no
 * change. `after`: a deployment by which somebody else changed the Worker's secrets; it makes an upload due.
 */
export function uploadTag(
  mark: string,
  key: string,
  { last, after }: { readonly last?: string | undefined; readonly after?: string | undefined },
): string {
  const plain = `${mark} ${key}`;
  if (after !== undefined) return `${plain} after ${after}`;
  return last !== undefined && uploadKeyOf(mark, last) === key ? last : plain;
}

/** The fingerprint in a tag of this stack; `undefined` for any other tag. */
export function uploadKeyOf(mark: string, tag: string | undefined): string | undefined {
  if (tag === undefined || !tag.startsWith(`${mark} `)) return undefined;
  return /^([0-9a-f]{12})( after \S+)?$/.exec(tag.slice(mark.length + 1))?.[1];
}
