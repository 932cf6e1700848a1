import { wrap } from "../../src/index.ts";
import { rot128 } from "../rot128.ts";
import { fault, mapping, type Names, plain, scalar, styled, value } from "./expressions.ts";
import type { Random } from "./random.ts";
import type { Node } from "./tree.ts";

type Make = (random: Random, argument: () => Node, text: (random: Random) => Node) => readonly [string, Node];

const list = (random: Random, ...items: Node[]): Node => ({ kind: "list", items, flow: random.oneIn(2) });
const pairs = (random: Random, entries: Record<string, Node>): Node =>
  mapping(
    random,
    Object.entries(entries).map(([key, node]) => [plain(key), node] as const),
  );

const json = [
  '{"a": [1, 2.50, null, "x"]}',
  "[]",
  "12",
  '"é"',
  "true",
  "null",
  '{"a": {"b": {"c": 1e3}}}',
  '{"b": 1, "a": 2, "b": 3}',
];
/** Some are bytes that are no UTF-8, which the reference keeps in its strings. */
const base64 = ["aGVsbG8=", "", "w6k=", "aGVs\nbG8=", "/w==", "YcM="];

/** Schemas without `pattern`: its errors quote Go's own messages. */
const schemas = [
  "{type: string}",
  "{type: number, minimum: 3}",
  "{type: object, properties: {a: {type: string}}, required: [a]}",
  "{type: array, items: {type: number}}",
  "true",
  "false",
  "{const: x}",
  "{enum: [1, x, null]}",
  "{type: boolean}",
  "{anyOf: [{type: string}, {type: number}]}",
  "{oneOf: [{type: string}, {const: x}]}",
  "{type: array, maxItems: 1}",
  "{type: string, minLength: 2, maxLength: 4}",
  "{type: object, additionalProperties: {type: string}}",
  "{type: 12}",
  "{type: nothing}",
  "{type: object, maxProperties: 1}",
  "12",
  "{type: number, multipleOf: 2}",
  "{type: 'null'}",
  "{type: array, prefixItems: [{type: string}], items: false}",
  "{$ref: '#/$defs/s', $defs: {s: {type: string}}}",
  "{type: number, exclusiveMaximum: 5}",
  "{type: object, dependentRequired: {a: [b]}}",
  "{type: array, uniqueItems: true}",
];

/** Calls as they should be, as far as their arguments allow. */
const sound: readonly Make[] = [
  (_, argument) => ["fn::toJSON", argument()],
  (_, argument) => ["fn::toYAML", argument()],
  (_, argument) => ["fn::toString", argument()],
  (random, _, text) => ["fn::toBase64", text(random)],
  (_, argument) => ["fn::final", argument()],
  (random) => ["fn::fromJSON", styled(random, random.pick(json))],
  (random) => ["fn::fromBase64", styled(random, random.pick(base64))],
  (random, _, text) => ["fn::fromBase64", pairs(random, { "fn::toBase64": text(random) })],
  (random, _, text) => ["fn::join", list(random, text(random), list(random, text(random), text(random)))],
  (random, _, text) => ["fn::split", list(random, text(random), text(random))],
  (random, argument) => [
    "fn::concat",
    list(random, list(random, argument(), argument()), list(random, argument())),
  ],
  (random) => ["fn::secret", styledText(random)],
  (random) => ["fn::secret", pairs(random, { ciphertext: ciphertext(random) })],
  (random) => [
    "fn::validate",
    pairs(random, { schema: plain("{type: string, minLength: 0}"), value: styledText(random) }),
  ],
  (random, argument) => ["fn::validate", pairs(random, { schema: plain("true"), value: argument() })],
  (random, argument) => ["fn::open::test", pairs(random, { a: argument(), b: argument() })],
  (random, argument) => ["fn::open::secret-wrapper", pairs(random, { a: argument() })],
  (random, argument) => [
    "fn::open",
    pairs(random, { provider: plain("test"), inputs: pairs(random, { a: argument() }) }),
  ],
  (random, argument, text) => [
    "fn::rotate::swap",
    pairs(random, {
      inputs: pairs(random, { x: argument() }),
      state: pairs(random, { a: text(random), b: text(random) }),
    }),
  ],
  (random) => [
    "fn::rotate",
    pairs(random, {
      provider: plain("swap"),
      inputs: plain("{}"),
      state: pairs(random, { a: styledText(random), b: styledText(random) }),
    }),
  ],
];

/** Calls that may be wrong in name, shape or type. */
const doubtful: readonly Make[] = [
  (_, argument) => ["fn::toBase64", argument()],
  (_, argument) => ["fn::fromJSON", argument()],
  (_, argument) => ["fn::fromBase64", argument()],
  (random) => ["fn::fromBase64", styled(random, random.pick(["!!!!", "aGVsbG8", "a"]))],
  (random, argument, text) => [
    "fn::join",
    list(random, text(random), list(random, argument(), text(random))),
  ],
  (random, argument) => ["fn::join", list(random, styled(random, ","), argument())],
  (random, argument) => ["fn::split", list(random, argument(), argument())],
  (random, argument) => ["fn::concat", list(random, argument(), argument())],
  (_, argument) => ["fn::concat", argument()],
  (random, argument) => [
    "fn::secret",
    random.oneIn(2) ? argument() : plain(random.pick(["12", "null", "true"])),
  ],
  (random) => [
    "fn::secret",
    pairs(random, {
      ciphertext: plain(random.pick(["aGVsbG8=", "'!!!'", "12", '""', "ZXNjeAAAAAHo9e705fKyKo30VR=="])),
    }),
  ],
  (random, argument) => [
    "fn::validate",
    pairs(random, { schema: plain(random.pick(schemas)), value: argument() }),
  ],
  (random, argument) => [
    "fn::validate",
    pairs(random, { schema: plain(random.pick(schemas)), value: argument() }),
  ],
  (random, argument) => ["fn::open::nothing", pairs(random, { a: argument() })],
  (random, argument) => [
    "fn::open::error",
    pairs(random, { why: random.oneIn(2) ? styled(random, "no") : argument() }),
  ],
  (random, argument) => [
    "fn::open",
    pairs(random, {
      provider: plain(random.pick(["test", "nothing", "12"])),
      inputs: pairs(random, { a: argument() }),
    }),
  ],
  (random, argument) => [
    "fn::rotate::swap",
    pairs(random, {
      inputs: pairs(random, { x: argument() }),
      state: random.oneIn(3) ? argument() : pairs(random, { a: argument(), b: argument() }),
    }),
  ],
  (random, argument) => ["fn::rotate::nothing", pairs(random, { inputs: pairs(random, { x: argument() }) })],
  (random, argument) => [
    random.pick([
      "fn::nothing",
      "FN::toJSON",
      "fn::tojson",
      "fn::open",
      "fn::rotate",
      "fn::rotate::swap",
      "fn::validate",
      "fn::join",
      "fn::split",
    ]),
    argument(),
  ],
  // The reference crashes on inputs that are no object; ours must not.
  (random, argument) => ["fn::open::test", random.oneIn(4) ? argument() : pairs(random, { a: argument() })],
];

/** A call of a rotator with inputs and state as it needs them; now and then it is within a collection. */
export function rotation(random: Random, known: Names): Node {
  const argument = () => value(random, known, 2);
  const name = random.pick(["swap", "history", "secret-history", "anything", "failing"]);
  const stated = name === "swap" || name === "failing" || random.oneIn(2);
  const state = () => {
    if (fault(random, known, 5) || random.oneIn(12)) return random.oneIn(2) ? argument() : plain("null");
    if (name === "swap" || random.oneIn(6))
      return pairs(random, { a: textual(random, known), b: textual(random, known) });
    return pairs(random, { current: argument(), ...(random.oneIn(2) && { previous: argument() }) });
  };
  const parts = {
    inputs: pairs(random, name.endsWith("history") ? { next: argument() } : { x: argument() }),
    ...(stated && { state: state() }),
  };
  const node = random.oneIn(3)
    ? pairs(random, { "fn::rotate": pairs(random, { provider: plain(name), ...parts }) })
    : pairs(random, { [`fn::rotate::${name}`]: pairs(random, parts) });
  if (random.oneIn(6)) return list(random, node);
  return random.oneIn(6) ? pairs(random, { a: node }) : node;
}

/** A call of a builtin; now and then one with another key beside it, which is not allowed. */
export function call(random: Random, known: Names, depth: number): Node {
  const argument = () => value(random, known, depth + 1);
  const text = () => textual(random, known);
  const [name, node] = random.pick(fault(random, known, 3) ? doubtful : sound)(random, argument, text);
  const extra = fault(random, known, 40) ? ([[plain("extra"), plain("1")]] as const) : [];
  return mapping(random, [[plain(name), node], ...extra]);
}

const styledText = (random: Random) => scalar(random, "words");

/** Something that is text. */
function textual(random: Random, known: Names): Node {
  if (known.texts.length === 0 || random.oneIn(2)) return styledText(random);
  return styled(random, `\${${random.pick(known.texts)}}`);
}

/** A stored secret. */
function ciphertext(random: Random): Node {
  const plaintext = random.pick(["hunter2", "", "é", "a\nb"]);
  return plain(`"${Buffer.from(wrap(rot128.encrypt(Buffer.from(plaintext)))).toString("base64")}"`);
}
