import { join } from "node:path";
import { type Asked, buildGoProgram, startAsked } from "../../../../tests/helpers/go-program.ts";
import type { Diagnostic, EscEnvironment, EscValue } from "../../src/index.ts";

/** A document with the environments that it may import. */
export interface ReferenceRequest {
  readonly name: string;
  readonly text: string;
  readonly environments: Readonly<Record<string, string>>;
  /** `show-secrets` is a check that decrypts. */
  readonly mode: "check" | "show-secrets" | "open" | "rotate";
  /** With `rotate`: the secrets to renew, as paths within `values`; all, if there are none. */
  readonly paths?: readonly string[];
  /** If set, the answer is the time of that many evaluations, and no result. */
  readonly runs?: number;
}

/** One call of a rotator, and the state to write if it succeeded. */
export interface ReferenceRotation {
  readonly path: string;
  readonly status: string;
  readonly error?: string;
  readonly statePath?: string;
  readonly replacement?: EscValue;
}

/** What the reference says about it. */
export interface ReferenceAnswer {
  readonly environment?: EscEnvironment;
  readonly diagnostics: readonly Diagnostic[];
  readonly rotations?: readonly ReferenceRotation[];
  /** The document with the new states in it. */
  readonly patched?: string;
  /** Set if the reference itself crashed. */
  readonly panic?: string;
  readonly milliseconds?: number;
}

/** Our Go program around the reference evaluator, running. */
export type Reference = Asked<ReferenceRequest, ReferenceAnswer>;

/** Builds the program, once per version of its sources. Returns its path, or why there is none. */
export function buildReference(): { program: string } | { reason: string } {
  const sources = ["go.mod", "go.sum", "main.go", "world.go"].map((name) => join(import.meta.dirname, name));
  return buildGoProgram({ name: "esc-reference", module: import.meta.dirname, target: ".", sources });
}

/** Starts the program. */
export function startReference(program: string): Reference {
  return startAsked(program);
}
