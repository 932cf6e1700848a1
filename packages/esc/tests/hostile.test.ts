import assert from "node:assert/strict";
import { hasErrors } from "../src/index.ts";
import { limits } from "../src/limits.ts";
import { loaderOf, run } from "./harness.ts";

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i + 1)).join("");

/** Documents that must end in a diagnostic: without a crash, a hang or much memory. */
const hostile: Record<string, string> = {
  "aliases that multiply": "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b]\n",
  "text that doubles": `values:\n  a0: xxxxxxxx\n${lines(40, (i) => `  a${i}: "\${a${i - 1}}\${a${i - 1}}"\n`)}`,
  "lists that double": `values:\n  a0: [1]\n${lines(40, (i) => `  a${i}: ["\${a${i - 1}}", "\${a${i - 1}}"]\n`)}`,
  "quotes that double": `values:\n  q: ${"[".repeat(90)}'"'${"]".repeat(90)}\n  r: a\${q}\n`,
  "base64 of base64": `values:\n  a0: x\n${lines(60, (i) => `  a${i}: {fn::toBase64: "\${a${i - 1}}"}\n`)}`,
  "base64 within base64": `values:\n  a: ${"{fn::toBase64: ".repeat(60)}x${"}".repeat(60)}\n`,
  "one text decoded again and again": `values:\n  t: ${"eHh4".repeat(50_000)}\n${lines(100, (i) => `  a${i}: {fn::fromBase64: "\${t}"}\n`)}`,
  "50,000 anchors": `values:\n${lines(50_000, (i) => `  k${i}: &a${i} v\n`)}`,
  "an alias used again and again": `values:\n  a: &a v\n  z: [${"*a, ".repeat(100_000)}]\n`,
  "lines of comments": "#\n".repeat(300_000),
  "directives alone": "%YAML 1.2\n".repeat(50_000),
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

  it("a result in which each import repeats those before it", () => {
    const names = Array.from({ length: 1000 }, (_, i) => `p/e${i}`);
    const loader = loaderOf(
      Object.fromEntries(names.map((name, i) => [name, `values: {o: {k${i}: ${"x".repeat(1000)}}}\n`])),
    );
    const { environment, diagnostics } = run(`imports: [${names.join(", ")}]\n`, { loader });
    assert.equal(environment, undefined);
    assert.deepEqual(
      diagnostics.map(({ summary }) => summary),
      [`evaluation stopped: the result is longer than ${limits.resultLength} characters`],
    );
  }).timeout(20_000);

  it("evaluates what is merely large", () => {
    const text = `values:\n  big: ${"x".repeat(500_000)}\n${lines(5_000, (i) => `  k${i}: \${big0}v\n`)}  big0: y\n`;
    assert.deepEqual(run(text).diagnostics, []);
  }).timeout(10_000);
});
