import assert from "node:assert/strict";
import { faultsOf, loaderOf, run, valuesOf } from "./harness.ts";

describe("ESC values", () => {
  it("keeps the type of a lone reference and makes text of an interpolation", () => {
    const { environment, diagnostics } = run(
      "values:\n  n: 1.10\n  same: ${n}\n  text: v${n}\n  cost: $$5\n  list: [a, true]\n  all: ${list}|${map}\n  map: {k: v}\n",
    );
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(valuesOf(environment), {
      n: 1.1,
      same: 1.1,
      text: "v1.1",
      cost: "$5",
      list: ["a", true],
      all: '"a","true"|"k"="v"',
      map: { k: "v" },
    });
  });

  it("reads numbers as the reference does, and loses no digit", () => {
    const text = "values:\n  octal: 0123\n  id: 12345678901234567890\n  text: ${id}\n  as: x${text}\n";
    const { environment } = run(text);
    assert.equal(valuesOf(environment) instanceof Object, true);
    assert.match(JSON.stringify(environment?.properties), /"value":12345678901234567890/);
    assert.equal(environment?.properties?.as?.value, "x12345678901234567890");
    assert.equal(environment?.properties?.octal?.value, 83);
  });

  it("sends false, zero and empty text, and leaves null out", () => {
    const { environment } = run("values: {no: false, zero: 0, empty: '', nothing: null}\n");
    const { properties = {} } = environment ?? {};
    assert.equal(properties.no?.value, false);
    assert.equal(properties.zero?.value, 0);
    assert.equal(properties.empty?.value, "");
    assert.equal("value" in (properties.nothing ?? {}), false);
  });

  it("treats names of JavaScript's own as ordinary keys", () => {
    const { environment, diagnostics } = run("values:\n  __proto__: {a: 1}\n  constructor: ${__proto__.a}\n");
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(Object.keys(environment?.properties ?? {}), ["__proto__", "constructor"]);
    assert.match(JSON.stringify(environment?.properties), /"constructor":\{"value":1,/);
  });

  it("gives nothing for an empty document", () => {
    assert.deepEqual(run(""), { environment: undefined, diagnostics: [], rotations: [] });
  });
});

describe("ESC diagnostics", () => {
  it("reports several faults at once, each with its line and column", () => {
    const text = "value: {}\nvalues:\n  a: 1\n  a: 2\n  b: ${c}\n  imports: x\n  d: {fn::nope: 1}\n";
    assert.deepEqual(faultsOf(run(text)), [
      "p/e:1:1: warning: Field 'value' does not exist on Object 'environment'. " +
        "Existing fields are: 'values', 'imports', 'description'",
      'p/e:4:3: error: duplicate key "a"',
      'p/e:5:8: error: unknown property "c"',
      'p/e:6:3: error: "imports" is a reserved key',
      "p/e:7:7: error: 'fn::' is a reserved prefix",
    ]);
  });

  it("proposes the nearest name", () => {
    assert.deepEqual(faultsOf(run("values:\n  apiToken: x\n  b: ${apiTokne}\n")), [
      'p/e:3:8: error: unknown property "apiTokne"; did you mean "apiToken"?',
    ]);
  });

  it("reports cycles and goes on", () => {
    const result = run("values:\n  a: ${b}\n  b: ${a}\n  c: fine\n");
    assert.deepEqual(faultsOf(result), ["p/e:2:6: error: cyclic reference to a"]);
    assert.equal(result.environment?.properties?.c?.value, "fine");
  });

  it("points into text that is not ASCII", () => {
    assert.deepEqual(faultsOf(run("values:\n  é: 世 ${nope}\n")), [
      'p/e:2:11: error: unknown property "nope"',
    ]);
  });
});

describe("ESC imports", () => {
  const environments = {
    "p/base": "values:\n  a: 1\n  deep: {x: 1, y: 1}\n  bound: ${a}\n",
    "p/base@7": "values:\n  a: 7\n",
    "p/top": "imports: [p/base]\nvalues:\n  deep: {y: 2, z: 2}\n",
    "p/left": "imports: [p/right]\nvalues: {}\n",
    "p/right": "imports: [p/left]\nvalues: {}\n",
  };

  it("merges objects, later imports over earlier ones, and its own values on top", () => {
    const text = "imports: [p/base, p/top]\nvalues:\n  a: 9\n  deep: {z: 3}\n";
    const { environment, diagnostics } = run(text, { loader: loaderOf(environments) });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(valuesOf(environment), { a: 9, deep: { x: 1, y: 2, z: 3 }, bound: 1 });
  });

  it("evaluates each environment once", () => {
    const loader = loaderOf(environments);
    run("imports: [p/top, p/base]\nvalues:\n  v: ${environments.p.base.a}\n", { loader });
    assert.deepEqual(loader.loaded, ["p/top", "p/base"]);
  });

  it("keeps an import out of the result with merge: false, but within reach", () => {
    const text =
      'imports:\n  - p/base: {merge: false}\n  - p/base@7: {merge: false}\nvalues:\n  v: ${imports["p/base@7"].a}\n';
    const { environment, diagnostics } = run(text, { loader: loaderOf(environments) });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(valuesOf(environment), { v: 7 });
  });

  it("reports missing imports and cycles", () => {
    assert.deepEqual(faultsOf(run("imports: [p/none]\n")), [
      'p/e:1:11: error: environment "p/none" not found',
    ]);
    assert.deepEqual(faultsOf(run("imports: [p/left]\n", { loader: loaderOf(environments) })), [
      "p/right:1:11: error: cyclic import of p/left",
    ]);
  });

  it("finds a cycle through a reference that needs no import", () => {
    const loader = loaderOf({ "q/x": "values:\n  a: ${environments.p.e.v}\n" });
    assert.deepEqual(faultsOf(run("values:\n  v: ${environments.q.x.a}\n", { loader })), [
      "q/x:2:6: error: cyclic import of p/e",
    ]);
  });

  it("substitutes imports anywhere in the closure", () => {
    const loader = loaderOf({ ...environments, "p/other": "values: {a: other}\n" });
    const { environment } = run("imports: [p/top]\n", { loader, overrides: { "p/base": "p/other" } });
    assert.deepEqual(valuesOf(environment), { a: "other", deep: { y: 2, z: 2 } });
  });

  it("names environments in the context; an anonymous root passes its name on", () => {
    const loader = loaderOf({ "p/inner": "values:\n  root: ${context.rootEnvironment.name}\n" });
    const text =
      "imports: [p/inner]\nvalues:\n  me: ${context.currentEnvironment.name}\n  user: ${context.user.id}\n";
    const { environment } = run(text, { name: "<yaml>", loader, context: { user: { id: "u" } } });
    assert.deepEqual(valuesOf(environment), { root: "p/inner", me: "<yaml>", user: "u" });
  });
});

describe("ESC secrets and unknown values", () => {
  const stored = "{fn::secret: {ciphertext: ZXNjeAAAAAHo9e705fKyKo30VQ==}}";

  it("spreads secretness to text but not to containers", () => {
    const { environment } = run(
      "values:\n  s: {fn::secret: x}\n  t: a${s}\n  l: ['${s}', b]\n  j: {fn::toJSON: '${l}'}\n",
    );
    assert.deepEqual(valuesOf(environment, true), {
      s: "[secret]",
      t: "[secret]",
      l: ["[secret]", "b"],
      j: "[secret]",
    });
  });

  it("opens stored secrets, and leaves them unknown in a check unless they are to be shown", () => {
    const text = `values:\n  s: ${stored}\n  t: a\${s}\n`;
    assert.deepEqual(valuesOf(run(text).environment), { s: "hunter2", t: "ahunter2" });
    const check = run(text, { mode: "check" }).environment?.properties;
    assert.deepEqual([check?.s?.unknown, check?.s?.secret, check?.t?.unknown], [true, true, true]);
    const shown = run(text, { mode: "check", showSecrets: true });
    assert.deepEqual(valuesOf(shown.environment), { s: "hunter2", t: "ahunter2" });
  });

  it("does not put a secret into an error message", () => {
    const result = run("values:\n  a: {fn::fromJSON: {fn::secret: 'hunter2 {'}}\n");
    assert.equal(result.diagnostics.length, 1);
    assert.doesNotMatch(JSON.stringify(result.diagnostics), /hunter/);
  });

  it("takes only literal text for a secret", () => {
    assert.deepEqual(faultsOf(run("values:\n  a: {fn::secret: 12}\n")), [
      "p/e:2:19: error: secret values must be string literals",
    ]);
  });
});
