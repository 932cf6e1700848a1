import type { Json } from "../jsonc.ts";

/** What becomes of one key of the wrangler file: `keys.ts` has one for every key of wrangler's schema. */
export type KeyState =
  /** `as`: what it becomes. */
  | { readonly state: "translated"; readonly as: string }
  /** Without effect on what is deployed; `why`. */
  | { readonly state: "local"; readonly why: string }
  | ({ readonly state: "refused" } & Refusal);

/** Why a key can't be translated and how to `fix` it. `accepts`: values that mean the same as none. */
interface Refusal {
  readonly why: string;
  readonly fix: string;
  readonly accepts: readonly Json[];
}

type States = Readonly<Record<string, KeyState>>;

/** Keys that become part of what is deployed, each with what it becomes. */
export function translated(keys: Readonly<Record<string, string>>): States {
  return Object.fromEntries(Object.entries(keys).map(([key, as]) => [key, { state: "translated", as }]));
}

/** Keys that only wrangler's own tools read. */
export function local(why: string, ...keys: readonly string[]): States {
  return Object.fromEntries(keys.map((key) => [key, { state: "local", why }]));
}

const TAKE_OUT = "Take it out of the file, or keep this Worker with wrangler.";

/** Keys that can't be translated: leaving them out silently could take something away from the Worker. */
export function refused(
  { why, fix = TAKE_OUT, accepts = [] }: Pick<Refusal, "why"> & Partial<Refusal>,
  ...keys: readonly string[]
): States {
  return Object.fromEntries(keys.map((key) => [key, { state: "refused", why, fix, accepts }]));
}
