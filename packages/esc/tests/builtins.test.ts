import assert from "node:assert/strict";
import { faultsOf, loaderOf, run, valuesOf } from "./harness.ts";
import { referenceProviders } from "./reference-providers.ts";

const value = (expression: string) => {
  const { environment, diagnostics } = run(`values:\n  v: ${expression}\n`);
  assert.deepEqual(diagnostics, [], expression);
  return environment?.properties?.v?.value;
};

describe("ESC builtins", () => {
  it("convert", () => {
    assert.equal(value("{fn::toJSON: {b: [1.10, '<'], a: null}}"), '{"a":null,"b":[1.1,"\\u003c"]}');
    assert.equal(value("{fn::toString: [a, 1]}"), '"a","1"');
    assert.equal(value("{fn::toBase64: é}"), "w6k=");
    assert.equal(value("{fn::fromBase64: w6k=}"), "é");
    assert.equal(
      value("{fn::toYAML: {b: [x, {c: 'yes'}], a: \"1\\n2\"}}"),
      'a: |-\n    1\n    2\nb:\n    - x\n    - c: "yes"\n',
    );
  });

  it("keep the digits of JSON numbers", () => {
    assert.equal(
      value("{fn::toJSON: {fn::fromJSON: '[1.10, 12345678901234567890]'}}"),
      "[1.10,12345678901234567890]",
    );
  });

  it("work on lists", () => {
    assert.equal(value("{fn::join: ['-', [a, b]]}"), "a-b");
    const { environment } = run(
      "values:\n  s: {fn::split: [',', 'a,b']}\n  c: {fn::concat: [[1], ['${s}']]}\n",
    );
    assert.deepEqual(valuesOf(environment), { s: ["a", "b"], c: [1, ["a", "b"]] });
  });

  it("say what they cannot take", () => {
    assert.deepEqual(
      faultsOf(run("values:\n  a: {fn::join: oops}\n  b: {fn::toBase64: [1]}\n  c: {fn::fromBase64: '*'}\n")),
      [
        "p/e:2:17: error: the argument to fn::join must be a two-valued list",
        "p/e:3:21: error: expected string, got array",
        "p/e:4:6: error: decoding base64 string: illegal base64 data at input byte 0",
      ],
    );
  });

  it("refuse functions that do not exist, and company", () => {
    assert.deepEqual(faultsOf(run("values:\n  a: {fn::nope: 1}\n  b: {fn::toJSON: 1, x: 2}\n")), [
      "p/e:2:7: error: 'fn::' is a reserved prefix",
      'p/e:3:6: error: illegal call to builtin function: "fn::toJSON" must be the only key within its containing object',
    ]);
  });

  it("check values against schemas", () => {
    const text =
      "values:\n  v:\n    fn::validate:\n      schema: {type: object, required: [a], properties: {b: {minimum: 3}}}\n      value: {b: 1}\n";
    const result = run(text);
    assert.deepEqual(faultsOf(result), [
      "p/e:5:14: error: missing required properties: a",
      "p/e:5:18: error: expected a number greater than or equal to 3",
    ]);
    assert.deepEqual(valuesOf(result.environment), { v: { b: 1 } });
  });

  it("keep final values from being overridden, with a warning", () => {
    const loader = loaderOf({ "p/base": "values:\n  a: {fn::final: 1}\n" });
    const result = run("imports: [p/base]\nvalues:\n  a: 2\n", { loader });
    assert.deepEqual(faultsOf(result), ["p/e:3:6: warning: cannot override final value"]);
    assert.deepEqual(valuesOf(result.environment), { a: 1 });
  });

  it("call providers when opened, and only know types in a check", () => {
    const text =
      "values:\n  o: {fn::open::test: {x: 1}}\n  x: ${o.x}\n  e: {fn::open::error: {why: broken}}\n";
    const open = run(text, { providers: referenceProviders });
    assert.deepEqual(faultsOf(open), ["p/e:4:6: error: broken"]);
    assert.deepEqual(valuesOf(open.environment), { o: { x: 1 }, x: 1, e: "[unknown]" });
    const check = run(text, { providers: referenceProviders, mode: "check" });
    assert.deepEqual(check.diagnostics, []);
    assert.equal(check.environment?.properties?.x?.unknown, true);
  });

  it("name a provider that is not there", () => {
    assert.deepEqual(faultsOf(run("values:\n  o: {fn::open::aws-login: {}}\n")), [
      'p/e:2:6: error: unknown provider "aws-login"',
    ]);
  });

  it("rotate only what is asked for, and say where the new state belongs", () => {
    const rotator = "{fn::rotate::swap: {inputs: {}, state: {a: x, b: y}}}";
    const text = `values:\n  one: ${rotator}\n  two: ${rotator}\n`;
    const result = run(text, { providers: referenceProviders, rotate: ["two"] });
    assert.deepEqual(valuesOf(result.environment), { one: { a: "x", b: "y" }, two: { a: "y", b: "x" } });
    assert.deepEqual(
      result.rotations.map(({ path, status, patch }) => [path, status, patch?.path]),
      [["values.two", "succeeded", 'values.two["fn::rotate::swap"].state']],
    );
  });
});
