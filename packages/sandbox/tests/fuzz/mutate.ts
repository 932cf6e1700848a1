import type { Random } from "../../../esc/tests/differential/random.ts";

/** Pieces that parsers trip over, whatever the format. */
const PIECES = [
  ..."\r\n|\n\n|\r\n\r\n|--|\0|\t|\ufeff|\u2028|\ud800|é|%00|%22|\\u0000|\\ud800|\\x|//|../|${|}|[|]|{|}|\"|'|,|:|;|=".split(
    "|",
  ),
  ..."null true false NaN -0 1e999 -1 0.1 9007199254740993 99999999999999999999 __proto__ constructor toString".split(
    " ",
  ),
  ..."<<: &a *a ? - | > ! !!binary !!float %YAML --- ... # @ `".split(" "),
];

const LARGE = 400_000;

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const within = (bytes: Buffer, random: Random): [number, number] => {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.below(random.oneIn(4) ? 400 : 12))];
};
const around = (bytes: Buffer, from: number, to: number, middle: Buffer) =>
  Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);

/** Changes of bytes, blind to what they mean. */
const byteMutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const copy = Buffer.from(bytes);
    const at = random.below(copy.length);
    if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  },
  function insertNoise(bytes, random) {
    const at = random.below(bytes.length + 1);
    return around(bytes, at, at, Buffer.from(random.times(1 + random.below(16), () => random.below(256))));
  },
  function insertPiece(bytes, random) {
    const at = random.below(bytes.length + 1);
    return around(bytes, at, at, Buffer.from(random.pick(PIECES)));
  },
  function replaceByPiece(bytes, random) {
    const [from, to] = within(bytes, random);
    return around(bytes, from, to, Buffer.from(random.pick(PIECES)));
  },
  function cutOut(bytes, random) {
    const [from, to] = within(bytes, random);
    return around(bytes, from, to, Buffer.alloc(0));
  },
  function double(bytes, random) {
    const [from, to] = within(bytes, random);
    return around(bytes, to, to, bytes.subarray(from, to));
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function swap(bytes, random) {
    const [from, to] = within(bytes, random);
    const [other] = within(bytes, random);
    return around(around(bytes, from, to, Buffer.alloc(0)), other, other, bytes.subarray(from, to));
  },
];

/** Large ones are for time and memory: a parser that is not linear shows there. */
const largeMutations: readonly Mutation[] = [
  function repeatPiece(bytes, random) {
    const at = random.below(bytes.length + 1);
    const piece = random.pick(PIECES) || " ";
    return around(bytes, at, at, Buffer.from(piece.repeat(Math.ceil(LARGE / piece.length))));
  },
  function repeatPart(bytes, random) {
    const [from, to] = within(bytes, random);
    const part = bytes.subarray(from, to);
    const times = part.length === 0 ? 0 : Math.ceil(LARGE / part.length);
    return around(bytes, to, to, Buffer.concat(Array<Buffer>(times).fill(part)));
  },
  function nest(bytes, random) {
    const [open, close] = random.pick([
      ["[", "]"],
      ['{"a":', "}"],
      ["{a: ", "}"],
      ["- ", ""],
      ["? ", ""],
    ] as const);
    const depth = random.pick([60, 1_000, 20_000, 100_000]);
    const at = random.below(bytes.length + 1);
    const nested = open.repeat(depth) + (random.oneIn(2) ? `1${close.repeat(depth)}` : "");
    return around(bytes, at, at, Buffer.from(nested));
  },
];

/** One to a few changes of bytes; now and then a large one. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let left = 1 + random.below(4); left > 0; left--)
    changed = random.pick(byteMutations)(changed, random);
  return random.oneIn(12) ? random.pick(largeMutations)(changed, random) : changed;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function nested(depth: number, random: Random): Json {
  let value: Json = 1;
  const list = random.oneIn(2);
  for (let left = depth; left > 0; left--) value = list ? [value] : { a: value };
  return value;
}

const strange = (random: Random): Json =>
  random.pick<() => Json>([
    () => null,
    () => random.oneIn(2),
    () => random.pick([0, -1, 1.5, 1e21, 1e308, 2 ** 53, -0]),
    () => random.pick(["", "x", "\0", "\ud800", "__proto__", "${a}", "../..", "é".repeat(3000)]),
    () => [],
    () => ({}),
    () => ["x", null, 1],
    () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Json,
    () => nested(random.pick([3, 200, 3000]), random),
    () => Array.from({ length: random.pick([10, 20_000]) }, (_, index) => index),
  ])();

/** The same document with one value, name or element changed, its syntax unharmed. */
function mutateJson(value: Json, random: Random): Json {
  if (value === null || typeof value !== "object" || random.oneIn(5)) return strange(random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.oneIn(4)) return [...value, strange(random)];
    const at = random.below(value.length);
    if (random.oneIn(5)) return value.filter((_, index) => index !== at);
    if (random.oneIn(8)) return [...value, ...value];
    return value.map((one, index) => (index === at ? mutateJson(one, random) : one));
  }
  const keys = Object.keys(value);
  if (keys.length === 0 || random.oneIn(6))
    return { ...value, [random.pick(["x", "", "a.b", "\0", "length", "type", "urn"])]: strange(random) };
  const key = random.pick(keys);
  if (random.oneIn(5)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === key ? mutateJson(one, random) : one]),
  );
}

/** A JSON document, changed in its sense or in its bytes. */
export function mutateJsonText(text: string, random: Random): Buffer {
  if (random.oneIn(3)) return mutateBytes(Buffer.from(text), random);
  let value = JSON.parse(text) as Json;
  for (let left = 1 + random.below(3); left > 0; left--) value = mutateJson(value, random);
  const changed = Buffer.from(JSON.stringify(value));
  return random.oneIn(6) ? mutateBytes(changed, random) : changed;
}
