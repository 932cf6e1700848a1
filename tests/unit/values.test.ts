import assert from "node:assert/strict";
import { bindingsOf } from "../../stack/bindings.ts";
import { fingerprint } from "../../stack/fingerprints.ts";
import { managedNames, undeclaredSecrets } from "../../stack/ownership.ts";
import { checkValues, MAX_VALUE_BYTES } from "../../stack/values.ts";

const settings = (requiredSecrets: string[]) => ({
  project: "shop",
  stack: "dev",
  worker: {
    name: "sample",
    main: "",
    directory: "",
    compatibilityDate: "2026-10-01",
    compatibilityFlags: [],
    vars: {},
    requiredSecrets,
    workersDev: true,
    previewUrls: false,
    minify: false,
    whereIs: () => "worker/wrangler.jsonc:1:1",
  },
});

describe("the declared names against the values", () => {
  it("gives the values of the declared names, sorted, and reports the others by name", () => {
    const { values, faults, undeclared } = checkValues(settings(["B", "A"]), { A: "1", B: "2", C: "3" });
    assert.deepEqual(
      [...values],
      [
        ["A", "1"],
        ["B", "2"],
      ],
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(undeclared, ["C"]);
  });

  it("collects every fault, each with the command that mends it, and shows no value", () => {
    const long = "canary".repeat(MAX_VALUE_BYTES);
    const { faults } = checkValues(settings(["A", "B", "C", "D"]), { B: 83, C: "", D: long });
    assert.deepEqual(
      faults.map(({ what }) => what.split(" ").slice(0, 3).join(" ")),
      ["'A' is declared", "'B' is a", "'C' is empty", "'D' has 30720"].map((text) =>
        text.split(" ").slice(0, 3).join(" "),
      ),
    );
    for (const { fix } of faults)
      assert.match(fix, /pulumi env set shop\/dev-secrets environmentVariables\.[A-D] --secret/);
    assert.ok(!JSON.stringify(faults).includes("canary"));
  });

  it("counts bytes of UTF-8, not characters", () => {
    const fits = "é".repeat(MAX_VALUE_BYTES / 2);
    assert.deepEqual(checkValues(settings(["A"]), { A: fits }).faults, []);
    assert.equal(checkValues(settings(["A"]), { A: `${fits}x` }).faults.length, 1);
  });

  it("takes no inherited property for a value", () => {
    assert.equal(checkValues(settings(["constructor"]), {}).faults.length, 1);
  });

  for (const nothing of [undefined, null, "text", 3, ["a"]]) {
    it(`misses every name where ESC gave ${JSON.stringify(nothing) ?? "nothing"}`, () => {
      assert.equal(checkValues(settings(["A", "B"]), nothing).faults.length, 2);
    });
  }
});

describe("bindings", () => {
  it("are sorted by name in byte order, with plain variables apart from secrets", () => {
    const bindings = bindingsOf(
      { Z_VAR: "z", LIST: [1] },
      new Map([
        ["a", "1"],
        ["A_B", "2"],
        ["AB", "3"],
      ]),
    );
    assert.deepEqual(bindings, [
      { type: "secret_text", name: "AB", text: "3" },
      { type: "secret_text", name: "A_B", text: "2" },
      { type: "json", name: "LIST", json: "[1]" },
      { type: "plain_text", name: "Z_VAR", text: "z" },
      { type: "secret_text", name: "a", text: "1" },
    ]);
  });
});

describe("fingerprints", () => {
  it("differ by key, stack, name and value, and have 12 hex digits", () => {
    const base = ["key", "dev", "NAME", "value"] as const;
    const all = [
      base,
      ["key2", "dev", "NAME", "value"],
      ["key", "prod", "NAME", "value"],
      ["key", "dev", "NAME2", "value"],
      ["key", "dev", "NAME", "value2"],
      ["key", "devN", "AME", "value"],
    ] as const;
    const prints = all.map(([key, stack, name, value]) => fingerprint(key, stack, name, value));
    assert.equal(new Set(prints).size, all.length);
    for (const print of prints) assert.match(print, /^[0-9a-f]{12}$/);
  });
});

describe("whose secret it is", () => {
  const noted = (names: unknown) => ({
    type: "pulumi:index:Stash",
    inputs: { input: { scriptName: "shop-dev", names } },
  });
  const outputs = (secrets: unknown) => ({
    type: "pulumi:pulumi:Stack",
    outputs: { scriptName: "shop-dev", secrets },
  });
  const state = (...resources: unknown[]) => ({ resources });

  it("is the stack's when it was noted before an upload that never ended", () => {
    assert.deepEqual(managedNames(state(outputs({ A: "1" }), noted(["A", "ADDED"])), "shop-dev"), [
      "A",
      "ADDED",
    ]);
  });

  it("is the stack's when the outputs still know it, though the note does not", () => {
    assert.deepEqual(managedNames(state(outputs({ A: "1", REMOVED: "2" }), noted(["A"])), "shop-dev"), [
      "A",
      "REMOVED",
    ]);
  });

  it("is not the stack's for another script, or when the state says nothing", () => {
    assert.deepEqual(managedNames(state(noted(["OLD"])), "other"), []);
    for (const nothing of [
      undefined,
      null,
      {},
      { resources: null },
      state("x", noted("[secret]"), outputs(null)),
    ]) {
      assert.deepEqual(managedNames(nothing, "shop-dev"), []);
    }
  });

  it("lists undeclared names in order", () => {
    assert.deepEqual(undeclaredSecrets(["C", "A", "B"], ["B"]), ["A", "C"]);
  });
});
