import assert from "node:assert/strict";
import {
  environmentParts,
  type JsonValue,
  lookup,
  parsePath,
  parseReference,
  valueToJson,
} from "../src/index.ts";
import { run } from "./harness.ts";

function opened(text: string) {
  const { environment } = run(text);
  assert.ok(environment);
  return environment;
}

describe("ESC results", () => {
  it("splits an environment into variables, files and stack configuration", () => {
    const parts = environmentParts(
      opened(
        "values:\n  environmentVariables: {A: 1, B: {fn::secret: x}, C: true, D: null, E: [no], F: 12345678901234567890}\n" +
          "  files: {KEY: {fn::secret: k}}\n  pulumiConfig: {'p:a': {b: 1}}\n",
      ),
    );
    assert.deepEqual(parts.environmentVariables, {
      A: "1",
      B: "x",
      C: "true",
      D: "",
      F: "12345678901234567890",
    });
    assert.deepEqual(parts.files, { KEY: "k" });
    assert.deepEqual([...parts.secrets], ["B", "KEY"]);
    assert.deepEqual(Object.keys(parts.pulumiConfig), ["p:a"]);
  });

  it("finds a value by its path", () => {
    const environment = opened('values:\n  a: {"b c": [1, {d: 2}]}\n');
    const found = lookup(environment, 'a["b c"][1].d');
    assert.equal(found?.value, 2);
    assert.deepEqual(found?.trace.def.begin, { line: 2, column: 22, byte: 29 });
    for (const path of ["b", "a[0]", 'a["b c"][2]', "a.", ".a", "a[", "toString"]) {
      assert.equal(lookup(environment, path), undefined, path);
    }
    const all = lookup(environment, "");
    assert.deepEqual(all && valueToJson(all, { redact: true }), {
      a: { "b c": [1, { d: 2 }] },
    } satisfies JsonValue);
  });

  it("reads paths with quoted keys", () => {
    assert.deepEqual(parsePath('a["b \\"c\\""][10].d-e'), ["a", 'b "c"', 10, "d-e"]);
  });

  it("splits references", () => {
    assert.deepEqual(parseReference("p/e@7"), { project: "p", name: "e", version: "7", text: "p/e@7" });
    assert.deepEqual(parseReference("e"), { project: undefined, name: "e", version: undefined, text: "e" });
  });

  it("shows definitions: expressions with ranges, schemas and what they override", () => {
    const { exprs } = opened('values:\n  a: x${b["c"]}\n  b: {c: {fn::secret: y}}\n');
    assert.deepEqual(exprs?.a?.range.begin, { line: 2, column: 6, byte: 13 });
    assert.deepEqual(
      exprs?.a?.interpolate?.[0]?.value?.map(({ key }) => key),
      ["b", "c"],
    );
    assert.equal(exprs?.b?.object?.c?.builtin?.name, "fn::secret");
    assert.equal(exprs?.b?.object?.c?.builtin?.arg.literal, "y");
  });
});
