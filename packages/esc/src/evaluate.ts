import { type Diagnostic, sortDiagnostics } from "./diagnostics.ts";
import { type EnvironmentDocument, parseDocument } from "./document.ts";
import { evaluateDocument } from "./evaluate-document.ts";
import { exportTerm } from "./export-term.ts";
import { exportProperties, exportValue } from "./export-value.ts";
import { newScope } from "./imports.ts";
import { propertiesOf } from "./json-values.ts";
import { Budget, LimitError } from "./limits.ts";
import type { Decrypter, Loader } from "./loading.ts";
import { joinIndex, joinKey, parsePath } from "./paths.ts";
import { noProviders, type Providers, type Rotation } from "./providers.ts";
import { boundResult } from "./result-length.ts";
import { mergeSchemas } from "./schema/merge.ts";
import type { Scope, Session } from "./scope.ts";
import { showable } from "./text-bytes.ts";
import { compareKeys, type Value } from "./values.ts";
import type { EscEnvironment, JsonValue } from "./wire.ts";

/** What to evaluate, and how. */
export interface EvaluateRequest {
  /** The environment's name: `project/name`, or {@link anonymousEnvironment}. */
  name: string;
  text: string;
  loader: Loader;
  decrypter: Decrypter;
  /** `check` does not call providers, and leaves stored secrets unknown unless `showSecrets` is set. */
  mode: "check" | "open";
  showSecrets?: boolean;
  /** What `context` refers to, besides the names of the environments. */
  context?: Record<string, JsonValue>;
  /** Environments to import in place of others, anywhere in the closure. */
  overrides?: Record<string, string>;
  providers?: Providers;
  /** With `mode: "open"`: call the rotators at these paths within `values`, or all of them if the list is empty. */
  rotate?: string[];
}

/** The result. An environment may be there although there are errors: as much as could be made out of it. */
export interface EvaluateResult {
  environment: EscEnvironment | undefined;
  diagnostics: Diagnostic[];
  rotations: Rotation[];
}

/** Evaluates an environment. Faults of the definition are diagnostics; nothing is thrown for them. */
export function evaluate(request: EvaluateRequest): EvaluateResult {
  const { document, diagnostics } = parseDocument(request.name, request.text);
  if (!document || (document.values.length === 0 && document.imports.length === 0)) {
    return { environment: undefined, diagnostics: sortDiagnostics(diagnostics), rotations: [] };
  }
  const session = newSession(request, diagnostics);
  const environment = run(session, request, document);
  const diagnosed = { diagnostics: sortDiagnostics(session.diagnostics), rotations: session.rotations };
  const result = { environment, ...diagnosed };
  return session.looseBytes ? showable(result) : result;
}

function newSession(request: EvaluateRequest, diagnostics: Diagnostic[]): Session {
  const checking = request.mode === "check";
  return {
    checking,
    showSecrets: request.showSecrets ?? false,
    loader: request.loader,
    providers: request.providers ?? noProviders,
    overrides: new Map(Object.entries(request.overrides ?? {})),
    rotate:
      checking || !request.rotate ? undefined : new Set(request.rotate.map((path) => underValues(path))),
    rotations: [],
    imports: new Map(),
    budget: new Budget(),
    diagnostics: [...diagnostics],
    looseBytes: false,
  };
}

/** The document path of a path within `values`, written as the locations of expressions write it. */
function underValues(path: string): string {
  const steps = parsePath(path);
  if (!Array.isArray(steps)) throw new TypeError(`cannot rotate: ${steps.error}`);
  return steps.reduce<string>(
    (root, step) => (typeof step === "number" ? joinIndex(root, step) : joinKey(root, step)),
    "values",
  );
}

function run(
  session: Session,
  request: EvaluateRequest,
  document: EnvironmentDocument,
): EscEnvironment | undefined {
  const { name, decrypter, context = {} } = request;
  try {
    const scope = newScope(session, { name, document, decrypter }, undefined, context);
    const mine = { state: "evaluating" as "evaluating" | "done", value: undefined };
    session.imports.set(name, mine);
    const value = evaluateDocument(scope);
    const environment = toEnvironment(scope, value);
    boundResult(environment);
    return environment;
  } catch (error) {
    // The stack's own limit is a net below ours: providers may return values that are nested very deeply.
    const overflow = error instanceof RangeError && error.message.includes("call stack");
    if (!(error instanceof LimitError || overflow)) throw error;
    const reason = overflow ? "the environment is nested too deeply" : error.message;
    session.diagnostics.push({ summary: `evaluation stopped: ${reason}`, severity: "error" });
    return undefined;
  }
}

function toEnvironment(scope: Scope, value: Value): EscEnvironment {
  const properties = exportProperties(value, scope.name);
  const context = propertiesOf(exportValue(scope.context, scope.name)) ?? {};
  const terms = scope.root?.body.kind === "object" ? [...scope.root.body.properties] : [];
  const exprs = terms
    .toSorted(([a], [b]) => compareKeys(a, b))
    .map(([key, term]) => [key, exportTerm(term, scope.name)] as const);
  return {
    ...(exprs.length > 0 && { exprs: Object.fromEntries(exprs) }),
    ...(Object.keys(properties).length > 0 && { properties }),
    schema: value.base ? mergeSchemas(value.base.schema, value.schema) : value.schema,
    executionContext: { properties: context, schema: scope.context.schema },
  };
}
