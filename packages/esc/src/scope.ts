import type { Accessor } from "./access.ts";
import { type Diagnostic, diagnosticAt, type Severity } from "./diagnostics.ts";
import type { EnvironmentDocument } from "./document.ts";
import { type Budget, LimitError, limits } from "./limits.ts";
import type { Decrypter, Loader } from "./loading.ts";
import type { Providers, Rotation } from "./providers.ts";
import type { Location } from "./ranges.ts";
import type { Accept } from "./schema/accept.ts";
import type { Term } from "./terms.ts";
import type { Value } from "./values.ts";
import type { EscValue, JsonValue } from "./wire.ts";

/** An environment of the import closure; it has no value while it is being evaluated. */
export interface Imported {
  state: "evaluating" | "done";
  value: Value | undefined;
}

/** What all environments of one evaluation share. */
export interface Session {
  /** Whether this only checks: providers are not called, and stored secrets stay unknown unless they are shown. */
  readonly checking: boolean;
  readonly showSecrets: boolean;
  readonly loader: Loader;
  readonly providers: Providers;
  /** Imports to replace by others, anywhere in the closure. */
  readonly overrides: ReadonlyMap<string, string>;
  /** Document paths of the calls to rotate; empty for all, undefined for no rotation. */
  readonly rotate: ReadonlySet<string> | undefined;
  readonly rotations: Rotation[];
  readonly imports: Map<string, Imported>;
  readonly budget: Budget;
  readonly diagnostics: Diagnostic[];
  /** Whether some text holds bytes that are no text. */
  looseBytes: boolean;
}

/** What evaluation needs to know about the environment it works on. */
export interface Scope {
  readonly session: Session;
  readonly name: string;
  readonly document: EnvironmentDocument;
  readonly isRoot: boolean;
  /** The environment that `context.rootEnvironment` names. */
  readonly rootEnvironment: string;
  readonly decrypter: Decrypter;
  /** The execution context of this environment, in the form that providers get. */
  readonly contextValues: Record<string, EscValue>;
  /** What the service says about the evaluation. */
  readonly givenContext: Record<string, JsonValue>;
  readonly context: Value;
  /** What `imports` refers to. */
  imports: Value | undefined;
  /** The merged imports. */
  base: Value | undefined;
  /** The environment's own values. */
  root: Term | undefined;
  /** Evaluates a term, once. */
  readonly evaluate: (term: Term, accept: Accept) => Value;
}

/** Whether the evaluation renews secrets. Only the environment that was asked for does, never its imports. */
export function isRotating(scope: Scope): boolean {
  return scope.isRoot && scope.session.rotate !== undefined;
}

/** Reports a fault at a location. */
export function report(scope: Scope, at: Location, summary: string, severity: Severity = "error"): void {
  addDiagnostics(scope.session, [diagnosticAt(at, summary, severity)]);
}

/** Reports a fault of one step of a reference, or of the whole expression if the step has no range of its own. */
export function reportAccessor(scope: Scope, at: Location, accessor: Accessor, summary: string): void {
  report(scope, { range: accessor.range ?? at.range, path: at.path }, summary);
}

/** Adds to the diagnostics of the evaluation, and gives up when nobody will read on. */
export function addDiagnostics(session: Session, diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) session.diagnostics.push(diagnostic);
  if (session.diagnostics.length > limits.diagnostics) throw new LimitError("too many errors");
}
