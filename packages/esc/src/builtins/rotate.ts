import { exportValue, importValue, makeSecret } from "../export-value.ts";
import { propertiesOf } from "../json-values.ts";
import { joinKey } from "../paths.ts";
import type { Rotator } from "../providers.ts";
import { typed } from "../schema/schema.ts";
import { isRotating, report, type Scope } from "../scope.ts";
import type { RotateBody, Term } from "../terms.ts";
import { quote } from "../text-of-value.ts";
import { Value } from "../values.ts";
import { evaluateTyped } from "./arguments.ts";
import { messageOf, providerContext, received, usable } from "./open.ts";

/** `fn::rotate::NAME: {inputs, state}`: the secret that the state holds; while rotating, first a new one is made. */
export function callRotate(scope: Scope, term: Term, body: RotateBody): Value {
  const name = body.call.provider?.value;
  if (name === undefined) return new Value(term, true, { unknown: true });
  const rotator = scope.session.providers.rotator(name);
  if (rotator) {
    const stateSchema = { oneOf: [rotator.state, typed("null")], type: "" };
    body.inputSchema = usable(scope, term, rotator.inputs, "input schema") ?? body.inputSchema;
    body.stateSchema = usable(scope, term, stateSchema, "state schema") ?? body.stateSchema;
    term.schema = usable(scope, term, rotator.outputs, "schema") ?? term.schema;
  } else {
    report(scope, term.at, `unknown rotator ${quote(name)}`);
  }
  const schema = term.schema;
  const inputs = evaluateTyped(scope, body.inputs, body.inputSchema);
  const state = evaluateTyped(scope, body.state, body.stateSchema);
  const known =
    inputs.ok && !observableUnknowns(scope, inputs.value) && state.ok && !state.value.containsUnknowns;
  if (!rotator || !known || scope.session.checking) {
    if (mustRotate(scope, term))
      scope.session.rotations.push({ path: term.at.path, status: "not-evaluated" });
    return new Value(term, schema, { unknown: true });
  }

  const properties = propertiesOf(exportValue(inputs.value, "")) ?? {};
  const current = mustRotate(scope, term)
    ? renew(scope, term, body, rotator, properties, state.value)
    : state.value;
  if (!current) return new Value(term, schema, { unknown: true });
  const stored = propertiesOf(exportValue(current, ""));
  return received(scope, term, schema, () => rotator.open(properties, stored, providerContext(scope)));
}

/** Makes the new state, and notes where it must be written. Undefined after a fault. */
function renew(
  scope: Scope,
  term: Term,
  body: RotateBody,
  rotator: Rotator,
  inputs: Parameters<Rotator["rotate"]>[0],
  state: Value,
): Value | undefined {
  const { path } = term.at;
  try {
    const made = rotator.rotate(inputs, propertiesOf(exportValue(state, "")), providerContext(scope));
    const replacement = made.secret ? makeSecret(made) : made;
    const statePath = `${joinKey(path, body.call.name.value)}.state`;
    scope.session.rotations.push({ path, status: "succeeded", patch: { path: statePath, replacement } });
    return importValue(replacement, term);
  } catch (error) {
    const message = messageOf(error);
    scope.session.rotations.push({ path, status: "failed", error: message });
    report(scope, term.at, `rotate: ${message}`);
    return undefined;
  }
}

function mustRotate(scope: Scope, term: Term): boolean {
  if (!isRotating(scope)) return false;
  const { rotate } = scope.session;
  return rotate !== undefined && (rotate.size === 0 || rotate.has(term.at.path));
}

/** Inputs that only rotation reads may be unknown at any other time. */
function observableUnknowns(scope: Scope, inputs: Value): boolean {
  const rotating = isRotating(scope);
  return inputs.contains((value) => value.unknown && (rotating || !value.rotateOnly));
}
