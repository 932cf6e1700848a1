import { type Diagnostic, diagnosticAt } from "./diagnostics.ts";
import type {
  CallExpression,
  DelimiterFunction,
  Expression,
  ObjectExpression,
  StringExpression,
  UnaryFunction,
} from "./expressions.ts";
import { literalString, parseExpression } from "./parse-expression.ts";
import { noLocation } from "./ranges.ts";
import { quote } from "./text-of-value.ts";
import type { ObjectNode } from "./yaml-nodes.ts";

interface CallParts {
  readonly at: ObjectNode;
  readonly name: StringExpression;
  readonly argument: Expression;
}

type Fail = (at: Expression, summary: string) => void;

/** Reads an object as a call of a builtin; undefined if it is none. */
export function parseCall(node: ObjectNode, diagnostics: Diagnostic[]): CallExpression | undefined {
  const [entry, second] = node.entries;
  if (!entry || second) {
    for (const { key } of node.entries) {
      if (!key.value.startsWith("fn::")) continue;
      const rule = "must be the only key within its containing object";
      diagnostics.push(diagnosticAt(node, `illegal call to builtin function: ${quote(key.value)} ${rule}`));
    }
    return undefined;
  }
  const parse = parserOf(entry.key.value);
  if (!parse) {
    if (entry.key.value.toLowerCase().startsWith("fn::")) {
      const location = { range: entry.key.range, path: node.path };
      diagnostics.push(diagnosticAt(location, "'fn::' is a reserved prefix"));
    }
    return undefined;
  }
  const argument = parseExpression(entry.value, diagnostics);
  const fail: Fail = (at, summary) => diagnostics.push(diagnosticAt(at.at, summary));
  return parse({ at: node, name: literalString(entry.key), argument }, fail);
}

type Parser = (call: CallParts, fail: Fail) => CallExpression;

const unary =
  (fn: UnaryFunction): Parser =>
  (call) => ({ kind: "unary", fn, ...call });

const parsers = new Map<string, Parser>([
  ["fn::concat", parseConcat],
  ["fn::final", unary("fn::final")],
  ["fn::fromBase64", unary("fn::fromBase64")],
  ["fn::fromJSON", unary("fn::fromJSON")],
  ["fn::join", delimiter("fn::join")],
  ["fn::open", parseOpen],
  ["fn::rotate", parseRotate],
  ["fn::secret", parseSecret],
  ["fn::split", delimiter("fn::split")],
  ["fn::toBase64", unary("fn::toBase64")],
  ["fn::toJSON", unary("fn::toJSON")],
  ["fn::toString", unary("fn::toString")],
  ["fn::toYAML", unary("fn::toYAML")],
  ["fn::validate", parseValidate],
]);

const shortOpen = "fn::open::";
const shortRotate = "fn::rotate::";

function parserOf(name: string): Parser | undefined {
  const known = parsers.get(name);
  if (known) return known;
  if (name.startsWith(shortOpen)) return parseShortOpen;
  return name.startsWith(shortRotate) ? parseShortRotate : undefined;
}

function parseConcat(call: CallParts, fail: Fail): CallExpression {
  if (call.argument.kind !== "array")
    fail(call.argument, "the argument to fn::concat must be an array of arrays");
  return { kind: "unary", fn: "fn::concat", ...call };
}

function delimiter(fn: DelimiterFunction): Parser {
  return (call, fail) => {
    const elements = call.argument.kind === "array" ? call.argument.elements : [];
    if (elements.length !== 2) {
      fail(call.argument, `the argument to ${fn} must be a two-valued list`);
      return { kind: "delimiter", fn, ...call, delimiter: undefined, subject: undefined };
    }
    return { kind: "delimiter", fn, ...call, delimiter: elements[0], subject: elements[1] };
  };
}

function parseSecret(call: CallParts, fail: Fail): CallExpression {
  const { argument } = call;
  if (argument.kind === "object" && argument.entries.length === 1) {
    const text = member(argument, "ciphertext");
    if (text?.kind === "string") return { kind: "ciphertext", ...call, text };
  }
  if (argument.kind === "string") return { kind: "plaintext", ...call, text: argument };
  fail(argument, "secret values must be string literals");
  return { kind: "plaintext", ...call, text: { kind: "string", at: noLocation, value: "" } };
}

function parseValidate(call: CallParts, fail: Fail): CallExpression {
  const { argument } = call;
  if (argument.kind !== "object") {
    fail(argument, "the argument to fn::validate must be an object containing 'schema' and 'value'");
    return { kind: "validate", ...call, schema: undefined, value: undefined };
  }
  const schema = member(argument, "schema");
  const value = member(argument, "value");
  if (!schema) fail(argument, "missing required property 'schema'");
  if (!value) fail(argument, "missing required property 'value'");
  return { kind: "validate", ...call, schema, value };
}

function parseOpen(call: CallParts, fail: Fail): CallExpression {
  const { argument } = call;
  if (argument.kind !== "object") {
    fail(argument, "the argument to fn::open must be an object containing 'provider' and 'inputs'");
    return { kind: "open", ...call, provider: undefined, inputs: undefined };
  }
  const provider = providerName(argument, fail);
  return { kind: "open", ...call, provider, inputs: inputsOf(argument, fail) };
}

function parseShortOpen(call: CallParts): CallExpression {
  const provider = { ...call.name, value: call.name.value.slice(shortOpen.length) };
  return { kind: "open", ...call, provider, inputs: call.argument };
}

function parseRotate(call: CallParts, fail: Fail): CallExpression {
  const { argument } = call;
  if (argument.kind !== "object") {
    fail(
      argument,
      "the argument to fn::rotate must be an object containing 'provider', 'inputs' and 'state'",
    );
    return { kind: "rotate", ...call, provider: undefined, inputs: undefined, state: undefined };
  }
  const provider = providerName(argument, fail);
  const inputs = inputsOf(argument, fail);
  return { kind: "rotate", ...call, provider, inputs, state: stateOf(argument, fail) };
}

function parseShortRotate(call: CallParts, fail: Fail): CallExpression {
  const { argument } = call;
  if (argument.kind !== "object") {
    fail(argument, "the argument to fn::rotate must be an object containing 'inputs' and 'state'");
    return { kind: "rotate", ...call, provider: undefined, inputs: undefined, state: undefined };
  }
  const provider = { ...call.name, value: call.name.value.slice(shortRotate.length) };
  const inputs = inputsOf(argument, fail);
  return { kind: "rotate", ...call, provider, inputs, state: stateOf(argument, fail) };
}

function providerName(argument: ObjectExpression, fail: Fail): StringExpression | undefined {
  const provider = member(argument, "provider");
  if (provider?.kind === "string") return provider;
  if (provider) fail(provider, "provider name must be a string literal");
  else fail(argument, "missing provider name ('provider')");
  return undefined;
}

function inputsOf(argument: ObjectExpression, fail: Fail): Expression | undefined {
  const inputs = member(argument, "inputs");
  if (!inputs) fail(argument, "missing provider inputs ('inputs')");
  return inputs;
}

/** A rotator that has not rotated yet has no state. */
function stateOf(argument: ObjectExpression, fail: Fail): Expression {
  const state = member(argument, "state");
  if (!state) return { kind: "null", at: noLocation };
  if (state.kind !== "object") fail(state, "rotation state must be an object literal");
  return state;
}

/** The last entry with the given key, as in the reference. */
function member(object: ObjectExpression, key: string): Expression | undefined {
  return object.entries.findLast((entry) => entry.key?.value === key)?.value;
}
