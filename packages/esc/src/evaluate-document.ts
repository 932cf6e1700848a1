import { declare } from "./declare.ts";
import { evaluateImports } from "./imports.ts";
import { noLocation } from "./ranges.ts";
import { anything } from "./schema/accept.ts";
import { report, type Scope } from "./scope.ts";
import { newTerm, type Term } from "./terms.ts";
import { quote } from "./text-of-value.ts";
import type { Value } from "./values.ts";

/** Names at the top of `values` that mean something else in references. */
const reserved = new Set(["imports", "context", "environments"]);

/** Evaluates an environment: first what it imports, then its own values on top. */
export function evaluateDocument(scope: Scope): Value {
  evaluateImports(scope);
  const properties = new Map<string, Term>();
  const root = newTerm(
    `<${scope.name}>`,
    noLocation,
    { kind: "object", expression: undefined, properties },
    true,
    scope.base,
  );
  scope.root = root;
  for (const { key, value } of scope.document.values) {
    const name = key.value;
    if (reserved.has(name)) report(scope, key.at, `${quote(name)} is a reserved key`);
    else if (properties.has(name)) report(scope, key.at, `duplicate key ${quote(name)}`);
    else properties.set(name, declare(scope, name, value, scope.base?.property(name, key.at)));
  }
  return scope.evaluate(root, anything);
}
