import assert from "node:assert/strict";
import { declared } from "../../../../tests/helpers/declared.ts";
import { bindingsOf } from "../../src/program/bindings.ts";
import type { DeclaredWorker } from "../../src/program/declared-worker.ts";
import { fingerprint } from "../../src/program/fingerprints.ts";
import { environmentNames } from "../../src/program/names.ts";
import { OwnedState } from "../../src/program/ownership.ts";
import { checkValues, MAX_VALUE_BYTES } from "../../src/program/values.ts";

const settings = (requiredSecrets: string[], more: Partial<DeclaredWorker> = {}) => ({
  names: environmentNames("shop", "dev"),
  workers: [declared("sample", requiredSecrets, more)],
});
const checked = (requiredSecrets: string[], environmentVariables: unknown) =>
  checkValues(settings(requiredSecrets), { environmentVariables });

describe("the declared names against the values", () => {
  it("gives the values of the declared names, sorted, and reports the others by name", () => {
    const { values, faults, undeclared } = checked(["B", "A"], { A: "1", B: "2", C: "3" });
    assert.deepEqual(
      [...(values.get("sample") ?? [])],
      [
        ["A", "1"],
        ["B", "2"],
      ],
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(undeclared, ["environmentVariables.C"]);
  });

  it("collects every fault, each with the command that mends it, and shows no value", () => {
    const long = "canary".repeat(MAX_VALUE_BYTES);
    const { faults } = checked(["A", "B", "C", "D"], { B: 83, C: "", D: long });
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
    assert.deepEqual(checked(["A"], { A: fits }).faults, []);
    assert.equal(checked(["A"], { A: `${fits}x` }).faults.length, 1);
  });

  it("takes no inherited property for a value", () => {
    assert.equal(checked(["constructor"], {}).faults.length, 1);
  });

  for (const nothing of [undefined, null, "text", 3, ["a"]]) {
    it(`misses every name where ESC gave ${JSON.stringify(nothing) ?? "nothing"}`, () => {
      assert.equal(checkValues(settings(["A", "B"]), nothing).faults.length, 2);
      assert.equal(checked(["A", "B"], nothing).faults.length, 2);
    });
  }
});

describe("values of several Workers", () => {
  const two = {
    names: environmentNames("shop", "dev"),
    workers: [
      declared("api", ["KEY", "SHARED"]),
      declared("web", ["KEY", "SHARED"], { optionalSecrets: ["DEBUG"] }),
    ],
  };

  it("come from the shared part, and from the Worker's own where it has the name", () => {
    const { values, faults, undeclared } = checkValues(two, {
      environmentVariables: { SHARED: "s", KEY: "of all" },
      workers: { web: { KEY: "of web", DEBUG: "on", LEFT: "x" }, gone: { OLD: "x" } },
    });
    assert.deepEqual(faults, []);
    assert.deepEqual(Object.fromEntries(values.get("api") ?? []), { KEY: "of all", SHARED: "s" });
    assert.deepEqual(Object.fromEntries(values.get("web") ?? []), {
      DEBUG: "on",
      KEY: "of web",
      SHARED: "s",
    });
    assert.deepEqual(undeclared, ["workers.gone.OLD", "workers.web.LEFT"]);
  });

  it("are missed per Worker, and only where they are required", () => {
    const { faults } = checkValues(two, {
      environmentVariables: { SHARED: "s" },
      workers: { api: { KEY: "k" } },
    });
    assert.deepEqual(
      faults.map(({ what, fix }) => [what, /workers\.web\.KEY/.test(fix)]),
      [["'KEY' is declared but has no value", true]],
    );
  });
});

describe("bindings", () => {
  it("are sorted by name in byte order, with plain variables apart from secrets", () => {
    const bindings = bindingsOf({
      worker: {
        vars: { Z_VAR: "z", LIST: [1] },
        bindings: [
          { type: "kv_namespace", name: "CACHE", id: "of the file" },
          { type: "service", name: "AUTH", service: "auth", entrypoint: undefined },
        ],
      },
      secrets: new Map([
        ["a", "1"],
        ["A_B", "2"],
        ["AB", "3"],
      ]),
      externalSecrets: ["LEGACY"],
      references: new Map([["CACHE", "of the stack"]]),
      scriptOf: (name) => `${name}-dev`,
    });
    assert.deepEqual(bindings, [
      { type: "secret_text", name: "AB", text: "3" },
      { type: "service", name: "AUTH", service: "auth-dev" },
      { type: "secret_text", name: "A_B", text: "2" },
      { type: "kv_namespace", name: "CACHE", namespaceId: "of the stack" },
      { type: "inherit", name: "LEGACY" },
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
  /** As version 0.1 left them: among the stack's outputs. */
  const outputs = (secrets: unknown) => ({
    type: "pulumi:pulumi:Stack",
    outputs: { secretsPin: "latest", scriptName: "shop-dev", contentHash: null, secrets },
  });
  const component = (worker: string, scriptName: string, secrets: unknown) => ({
    type: "worker-secrets:index:SecretWorker",
    urn: `urn:pulumi:dev::shop::worker-secrets:index:SecretWorker::${worker}`,
    outputs: { summary: { scriptName, contentHash: null, secrets } },
  });
  const pin = { type: "worker-secrets:index:StackEnvironment", outputs: { secretsPin: "latest" } };
  const state = (...resources: unknown[]) => ({ resources });

  it("is the stack's when it was noted before an upload that never ended", () => {
    assert.deepEqual(new OwnedState(state(outputs({ A: "1" }), noted(["A", "ADDED"]))).names("shop-dev"), [
      "A",
      "ADDED",
    ]);
  });

  it("is the stack's when the outputs still know it, though the note does not", () => {
    assert.deepEqual(
      new OwnedState(state(outputs({ A: "1", REMOVED: "2" }), noted(["A"]))).names("shop-dev"),
      ["A", "REMOVED"],
    );
    const shown = component("web", "shop-dev", { A: "1", REMOVED: "2" });
    assert.deepEqual(new OwnedState(state(pin, shown, noted(["A"]))).names("shop-dev"), ["A", "REMOVED"]);
  });

  it("is not the stack's for another script, or when the state says nothing", () => {
    assert.deepEqual(new OwnedState(state(noted(["OLD"]))).names("other"), []);
    for (const nothing of [
      undefined,
      null,
      {},
      { resources: null },
      state("x", noted("[secret]"), outputs(null)),
    ]) {
      assert.deepEqual(new OwnedState(nothing).names("shop-dev"), []);
    }
  });

  it("knows the names of every Worker of a stack of several", () => {
    const several = {
      type: "pulumi:pulumi:Stack",
      outputs: {
        secretsPin: "latest",
        workers: {
          api: { scriptName: "shop-dev", contentHash: null, secrets: { A: "1" } },
          web: { scriptName: "web", contentHash: null, secrets: {} },
        },
      },
    };
    assert.deepEqual(new OwnedState(state(several)).names("shop-dev"), ["A"]);
    const both = state(pin, component("api", "shop-dev", { A: "1" }), component("web", "web", { B: "1" }));
    assert.deepEqual(new OwnedState(both).names("shop-dev"), ["A"]);
  });

  it("is a script of the stack's once its note was written, before any upload", () => {
    const owned = new OwnedState(state(noted(["A"])));
    assert.equal(owned.owns("shop-dev"), true);
    assert.equal(owned.owns("other"), false);
  });
});
