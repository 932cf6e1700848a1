import { contextValue, contextValues, rootNameFor } from "./context.ts";
import { hasErrors } from "./diagnostics.ts";
import { type EnvironmentDocument, parseDocument } from "./document.ts";
import { evaluateDocument } from "./evaluate-document.ts";
import { evaluateTerm } from "./evaluate-term.ts";
import { type Decrypter, parseReference } from "./loading.ts";
import { type Location, noLocation } from "./ranges.ts";
import { record } from "./schema/schema.ts";
import { addDiagnostics, type Imported, report, type Scope, type Session } from "./scope.ts";
import { newTerm } from "./terms.ts";
import { copyValue, Value } from "./values.ts";
import type { JsonValue } from "./wire.ts";

/** Makes the scope of an environment. `parent` is the one that imports it, if any. */
export function newScope(
  session: Session,
  environment: { name: string; document: EnvironmentDocument; decrypter: Decrypter },
  parent: Scope | undefined,
  context: Record<string, JsonValue>,
): Scope {
  const rootEnvironment = rootNameFor(parent?.rootEnvironment, environment.name);
  const values = contextValues(context, rootEnvironment, environment.name);
  const scope: Scope = {
    session,
    ...environment,
    isRoot: parent === undefined,
    rootEnvironment,
    givenContext: context,
    contextValues: values,
    context: contextValue(values),
    imports: undefined,
    base: undefined,
    root: undefined,
    evaluate: (term, accept) => evaluateTerm(scope, term, accept),
  };
  return scope;
}

/** Evaluates the imports of an environment: they merge from left to right, and are what its own values override. */
export function evaluateImports(scope: Scope): void {
  const imported = new Map<string, Value>();
  for (const { environment, merge } of scope.document.imports) {
    if (!environment) continue;
    const value = evaluateImport(scope, environment.at, environment.value);
    if (!value) continue;
    imported.set(environment.value, value);
    if (!merge) continue;
    const copy = copyValue(value, (count) => scope.session.budget.spendValues(count));
    copy.merge(scope.base);
    scope.base = copy;
  }
  const schema = record([...imported].map(([name, value]) => [name, value.schema] as const));
  const definition = newTerm("", noLocation, { kind: "missing" }, schema);
  definition.state = "done";
  scope.imports = new Value(definition, schema, { content: imported });
}

/**
 * The value of an imported environment; undefined, and reported at the import, if there is none. Each environment
 * of the closure is loaded and evaluated once.
 */
export function evaluateImport(scope: Scope, at: Location, written: string): Value | undefined {
  const { session } = scope;
  const name = overridden(session, written);
  const known = session.imports.get(name);
  if (known) return importedValue(scope, at, name, known);

  const loaded = session.loader.load(parseReference(name));
  if ("error" in loaded) {
    report(scope, at, loaded.error);
    return undefined;
  }
  // Two spellings may mean one environment: with and without its project, say.
  const { version } = parseReference(name);
  const identity = version === undefined ? loaded.name : `${loaded.name}@${version}`;
  const same = session.imports.get(identity);
  if (same) {
    session.imports.set(name, same);
    return importedValue(scope, at, name, same);
  }

  const { document, diagnostics } = parseDocument(loaded.name, loaded.text);
  addDiagnostics(session, diagnostics);
  if (!document || hasErrors(diagnostics)) return undefined;

  const mine: Imported = { state: "evaluating", value: undefined };
  session.imports.set(name, mine);
  session.imports.set(identity, mine);
  const environment = { name: loaded.name, document, decrypter: loaded.decrypter };
  const inner = newScope(session, environment, scope, scope.givenContext);
  mine.value = session.budget.nested(() => evaluateDocument(inner));
  mine.state = "done";
  return mine.value;
}

function importedValue(scope: Scope, at: Location, name: string, imported: Imported): Value | undefined {
  if (imported.state === "done") return imported.value;
  report(scope, at, `cyclic import of ${name}`);
  return undefined;
}

/** An override names an environment with or without the version that the import asks for. */
function overridden(session: Session, written: string): string {
  const exact = session.overrides.get(written);
  if (exact !== undefined) return exact;
  const at = written.indexOf("@");
  return (at < 0 ? undefined : session.overrides.get(written.slice(0, at))) ?? written;
}
