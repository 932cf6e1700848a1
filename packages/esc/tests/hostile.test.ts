import assert from "node:assert/strict";
import { hasErrors } from "../src/index.ts";
import { run } from "./harness.ts";

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i + 1)).join("");

/** Documents that must end in a diagnostic: without a crash, a hang or much memory. */
const hostile: Record<string, string> = {
  "aliases that multiply": "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b]\n",
  "text that doubles": `values:\n  a0: xxxxxxxx\n${lines(40, (i) => `  a${i}: "\${a${i - 1}}\${a${i - 1}}"\n`)}`,
  "lists that double": `values:\n  a0: [1]\n${lines(40, (i) => `  a${i}: ["\${a${i - 1}}", "\${a${i - 1}}"]\n`)}`,
  "quotes that double": `values:\n  q: ${"[".repeat(90)}'"'${"]".repeat(90)}\n  r: a\${q}\n`,
  "a long chain of references": `values:\n${lines(5_000, (i) => `  a${i}: \${a${i + 1}}\n`)}  a5001: x\n`,
  "deep nesting": `values:\n  a: ${"[".repeat(50_000)}`,
  "deep indentation": `values:\n${lines(400, (i) => `${" ".repeat(i)}a:\n`)}`,
  "deep JSON in text": `values:\n  a: {fn::fromJSON: '${"[".repeat(50_000)}${"]".repeat(50_000)}'}\n`,
  "a document that is too long": "x".repeat(2_000_000),
  "tabs as indentation": "values:\n\ta: b\n",
  "a document that breaks off": 'values: {a: [1, "x',
  "control characters": "\0\0\0",
  "very many errors": `values:\n  a: ${"${b.c}".repeat(50_000)}\n`,
  "a pattern that backtracks": `values:\n  a:\n    fn::validate:\n      schema: {pattern: '^(a+)+$'}\n      value: ${"a".repeat(40)}b\n`,
  "a schema that is its own alternative":
    "values:\n  a:\n    fn::validate:\n      schema: {$ref: '#/$defs/x', $defs: {x: {anyOf: [{$ref: '#/$defs/x'}]}}}\n      value: 1\n",
  "schemas that double": `values:\n  a:\n    fn::validate:\n      schema: {$ref: '#/$defs/x0', $defs: {${lines(40, (i) => `x${i - 1}: {anyOf: [{$ref: '#/$defs/x${i}'}, {$ref: '#/$defs/x${i}'}]}, `)}x40: {type: string}}}\n      value: 1\n`,
};

describe("ESC against hostile documents", () => {
  for (const [name, text] of Object.entries(hostile)) {
    it(name, () => {
      const { diagnostics } = run(text);
      assert.equal(hasErrors(diagnostics), true);
    }).timeout(10_000);
  }

  it("evaluates what is merely large", () => {
    const text = `values:\n  big: ${"x".repeat(500_000)}\n${lines(5_000, (i) => `  k${i}: \${big0}v\n`)}  big0: y\n`;
    assert.deepEqual(run(text).diagnostics, []);
  }).timeout(10_000);
});
