import assert from "node:assert/strict";
import { manyImports, manyKeys, type Work } from "../../../tools/bench/esc/documents.ts";
import { evaluate, type Loader } from "../src/index.ts";
import { rot128 } from "./rot128.ts";

/** Work per key or import may grow this much from a small document to one of ten or a hundred times its size. */
const mostGrowth = 1.5;

/** Imports that each add a variable to the same objects, as environments with credentials do. */
function sharedObjects(count: number): Work {
  const names = Array.from({ length: count }, (_, i) => `e${i}`);
  return {
    text: `imports: [${names.join(", ")}]\nvalues: {environmentVariables: {OWN: "\${a.b.e0}"}}\n`,
    environments: Object.fromEntries(
      names.map((name) => [name, `values:\n  environmentVariables: {${name}: x}\n  a: {b: {${name}: y}}\n`]),
    ),
  };
}

/** References through all imports to the first one. */
function farReferences(count: number): Work {
  const { text, environments } = manyImports(count);
  const lines = Array.from({ length: count }, (_, i) => `  r${i}: \${e${i % 5}_${i % 10}}\n`);
  return { text: text + lines.join(""), environments };
}

/** What the CLI sends for a stack's inline environment: JSON, all of it one line. Its names are not ASCII here. */
function oneLine(count: number): Work {
  const values = Object.fromEntries(Array.from({ length: count }, (_, i) => [`schlüssel${i}`, `wert ${i}`]));
  return { text: `${JSON.stringify({ values })}\n`, environments: {} };
}

const cases: readonly [string, (size: number) => Work, number, number][] = [
  ["keys", manyKeys, 100, 10_000],
  ["keys on one line that is not ASCII", oneLine, 100, 2_000],
  ["imports", manyImports, 20, 200],
  ["imports that are referred to", farReferences, 20, 200],
];

describe("ESC: growth of the work, counted", () => {
  for (const [what, make, small, large] of cases) {
    it(`${what}: from ${small} to ${large}, it grows in proportion`, () => {
      const growth = (stepsOf(make(large)) / stepsOf(make(small)) / large) * small;
      assert.ok(growth <= mostGrowth, `${growth.toFixed(2)} times the work for each`);
    }).timeout(20_000);
  }

  it("objects that every import adds to: no more than the result", () => {
    // The trace of each value shows the whole object that it overrides, so the result itself grows with the square.
    const growth = stepsOf(sharedObjects(200)) / stepsOf(sharedObjects(20));
    assert.ok(growth <= 10 * 10, `${growth.toFixed(2)} times the work`);
  }).timeout(20_000);
});

/** What one evaluation does to maps, sets, lists and records, in members. Unlike its time, it is always the same. */
function stepsOf({ text, environments }: Work): number {
  const loader: Loader = {
    load: ({ text: name }) => {
      const found = environments[name];
      return found === undefined ? { error: `no ${name}` } : { name, text: found, decrypter: rot128 };
    },
  };
  let steps = 0;
  const restore = [
    watch(Map.prototype, "get", () => steps++),
    watch(Map.prototype, "set", () => steps++), // also called by `new Map(…)`
    watch(Set.prototype, "add", () => steps++),
    watch(Array.prototype, "map", (list) => (steps += length(list))),
    watch(Array.prototype, "slice", (_, result) => (steps += length(result))),
    watch(Array.prototype, "toSorted", (list) => (steps += length(list))),
    watch(Intl.Segmenter.prototype, "segment", (_, __, [text]) => (steps += String(text).length)),
    watch(Object, "entries", (_, result) => (steps += length(result))),
    watch(Object, "keys", (_, result) => (steps += length(result))),
    watch(Object, "fromEntries", (_, result) => (steps += Reflect.ownKeys(Object(result)).length)),
  ];
  try {
    const result = evaluate({ name: "t", text, loader, decrypter: rot128, mode: "open" });
    assert.deepEqual(result.diagnostics, []);
  } finally {
    for (const undo of restore) undo();
  }
  return steps;
}

function length(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** Tells each call of a method, until the returned function puts the method back. */
function watch(
  owner: object,
  name: string,
  tell: (self: unknown, result: unknown, values: readonly unknown[]) => void,
): () => void {
  const original: unknown = Reflect.get(owner, name);
  assert.ok(typeof original === "function");
  const watched = function (this: unknown, ...values: unknown[]): unknown {
    const result: unknown = Reflect.apply(original, this, values);
    tell(this, result, values);
    return result;
  };
  Object.defineProperty(owner, name, { value: watched, configurable: true, writable: true });
  return () => Object.defineProperty(owner, name, { value: original, configurable: true, writable: true });
}
