import { exportValue, importValue, makeSecret } from "../export-value.ts";
import { propertiesOf } from "../json-values.ts";
import type { ProviderContext } from "../providers.ts";
import { compileSchema } from "../schema/compile.ts";
import type { Schema } from "../schema/schema.ts";
import { report, type Scope } from "../scope.ts";
import type { OpenBody, Term } from "../terms.ts";
import { quote } from "../text-of-value.ts";
import { Value } from "../values.ts";
import type { EscValue } from "../wire.ts";
import { evaluateTyped } from "./arguments.ts";

/** `fn::open::NAME: inputs`: what a provider gives for the inputs; unknown, but of the right type, in a check. */
export function callOpen(scope: Scope, term: Term, body: OpenBody): Value {
  const name = body.call.provider?.value;
  if (name === undefined) return new Value(term, true, { unknown: true });
  const provider = scope.session.providers.provider(name);
  if (provider) {
    body.inputSchema = usable(scope, term, provider.inputs, "input schema") ?? body.inputSchema;
    term.schema = usable(scope, term, provider.outputs, "schema") ?? term.schema;
  } else {
    report(scope, term.at, `unknown provider ${quote(name)}`);
  }
  const schema = term.schema;
  const { value: inputs, ok } = evaluateTyped(scope, body.inputs, body.inputSchema);
  if (!provider || !ok || scope.session.checking || inputs.containsUnknowns) {
    return new Value(term, schema, { unknown: true });
  }
  const properties = propertiesOf(exportValue(inputs, "")) ?? {};
  return received(scope, term, schema, () => provider.open(properties, providerContext(scope)));
}

/** A schema of a provider, if it is valid. */
export function usable(scope: Scope, term: Term, schema: Schema, what: string): Schema | undefined {
  const invalid = compileSchema(schema);
  if (invalid === undefined) return schema;
  report(scope, term.at, `internal error: invalid ${what} (${invalid})`);
  return undefined;
}

/** Calls a provider; what it throws is a fault of the call. */
export function received(scope: Scope, term: Term, schema: Schema, call: () => EscValue): Value {
  let output: EscValue;
  try {
    output = call();
  } catch (error) {
    report(scope, term.at, messageOf(error));
    return new Value(term, schema, { unknown: true });
  }
  return importValue(output.secret ? makeSecret(output) : output, term);
}

/** What a provider is told about the environment. */
export function providerContext(scope: Scope): ProviderContext {
  return {
    rootEnvironment: scope.rootEnvironment,
    currentEnvironment: scope.name,
    values: scope.contextValues,
  };
}

/** The message of something thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
