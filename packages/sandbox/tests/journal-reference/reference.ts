import { join } from "node:path";
import { type Asked, buildGoProgram, startAsked } from "../../../../tests/helpers/go-program.ts";

/** An update: the state that it began with (`deployment` of an export), and what the engine reported. */
export interface ReplayRequest {
  readonly base: unknown;
  readonly entries: readonly unknown[];
}

/** The state that the engine's own replayer makes of it, in the form of an export; or why it makes none. */
export type ReplayAnswer =
  | { readonly state: unknown; readonly refusal?: never }
  | { readonly refusal: string; readonly state?: never };

export type ReplayReference = Asked<ReplayRequest, ReplayAnswer>;

const SOURCE = join(import.meta.dirname, "main.go");
const MODULE = join(import.meta.dirname, "../../../worker-secrets/src/cli/engine/executable/build");

/** Builds `main.go` with the engine's version of the module. Returns the program's path, or why there is none. */
export function buildReplayReference(): { program: string } | { reason: string } {
  const sources = [SOURCE, join(MODULE, "go.mod"), join(MODULE, "go.sum")];
  return buildGoProgram({ name: "journal-reference", module: MODULE, target: SOURCE, sources });
}

/** Starts it. */
export function startReplayReference(program: string): ReplayReference {
  return startAsked(program);
}
