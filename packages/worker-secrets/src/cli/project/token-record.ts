import * as v from "valibot";
import type { Document } from "yaml";

/** A token that is to be ended. Its id is no secret. */
export interface Replaced {
  readonly id: string;
  readonly kind: "user" | "account";
}

/**
 * The note of a rotation, beside the values in the Environment of the deploy token. It is written by compare-and-swap alone,
 * so that there is one order of all rotations: whoever wrote it last is the one that may store a token.
 */
export interface Rotation {
  /** The run that wrote it. */
  readonly run: string;
  /** The id of the token that it stored, in the same revision; absent until then. */
  readonly stored?: string | undefined;
  /** What is to be ended. No run ever stores one of these. */
  readonly ending: readonly Replaced[];
}

const PLACE = ["values", "tokenRotation"];
const record = v.object({
  values: v.object({
    tokenRotation: v.object({
      run: v.string(),
      stored: v.optional(v.string()),
      ending: v.array(v.object({ id: v.string(), kind: v.picklist(["user", "account"]) })),
    }),
  }),
});

export function rotationIn(document: Document): Rotation | undefined {
  const parsed = v.safeParse(record, document.toJS());
  return parsed.success ? parsed.output.values.tokenRotation : undefined;
}

export function noteRotation(document: Document, { run, stored, ending }: Rotation): void {
  const node = { run, ...(stored === undefined ? {} : { stored }), ending };
  document.setIn(PLACE, document.createNode(node, { aliasDuplicateObjects: false }));
}

export function forgetRotation(document: Document): void {
  document.deleteIn(PLACE);
}

/** What the names of a stack's own tokens begin with. With the organization: stacks of one name in two may share an account. */
export function tokenPrefix({
  organization,
  project,
  stack,
}: {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
}): string {
  return `ws ${organization}/${project}/${stack} `;
}

/** What a run does once it knows the note and the stored token. */
export type Step =
  /** The given token is stored, and nothing is left of an earlier run. */
  | "nothing"
  /** An earlier run has stored the token that is there; what it left is ended. */
  | "finish"
  | "replace";

/** Pure. `given`: whether the token that the caller gave is the stored one; absent where one is to be created. */
export function decideStep(
  note: Rotation | undefined,
  storedId: string | undefined,
  given: "same" | "other" | undefined,
): Step {
  if (given === "same") return note === undefined ? "nothing" : "finish";
  if (given === "other") return "replace";
  // By its id: somebody may have stored another token since, or the stored one may be dead.
  return storedId !== undefined && note?.stored === storedId ? "finish" : "replace";
}

/**
 * Pure: the note by which a run takes over. `listed` are this stack's own tokens, listed before the note is written. Each of them was
 * created by a run that wrote its note earlier, and that run can store nothing any more; so whatever is not stored now never will
 * be, and may be ended at any time, however late.
 */
export function claimed(
  run: string,
  note: Rotation | undefined,
  storedId: string | undefined,
  listed: readonly string[],
): Rotation {
  const all = new Map((note?.ending ?? []).map((one) => [one.id, one]));
  // Without the stored one's id nobody can tell it from the others.
  if (storedId !== undefined) for (const id of listed) all.set(id, { id, kind: "account" });
  if (storedId !== undefined) all.delete(storedId);
  const isStored = storedId !== undefined && note?.stored === storedId;
  return { run, stored: isStored ? storedId : undefined, ending: [...all.values()] };
}
