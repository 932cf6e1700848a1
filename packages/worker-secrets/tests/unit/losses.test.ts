import assert from "node:assert/strict";
import { environmentNames } from "../../src/program/names.ts";
import {
  type DeclaredThings,
  isRefused,
  type Loss,
  planLosses,
} from "../../src/program/protection/losses.ts";
import { type GuardRecord, type Owned, ownedBy } from "../../src/program/protection/owned.ts";
import { lossFault, lossWarning } from "../../src/program/protection/words.ts";

const namesOf = (stack: string) => ({ stack, names: environmentNames("shop", stack) });

const ACCOUNT = "a".repeat(32);
const CACHE = { kind: "kv_namespace", name: "cache" } as const;

const record = (worker: string, more: Partial<GuardRecord> = {}): [string, GuardRecord] => [
  worker,
  {
    scriptName: `${worker}-dev`,
    accountId: ACCOUNT,
    protected: true,
    allowRemoval: false,
    classes: [],
    data: [],
    ...more,
  },
];
const script = (worker: string, more: object = {}) => ({
  worker,
  scriptName: `${worker}-dev`,
  accountId: ACCOUNT,
  urn: `urn:pulumi:dev::shop::worker-secrets:index:SecretWorker$cloudflare:index/workersScript:WorkersScript::${worker}`,
  protect: true,
  taint: false,
  ...more,
});
const owned = (more: Partial<Owned>): Owned => ({
  scripts: [],
  data: [],
  guards: new Map(),
  uploaded: new Set(),
  ...more,
});
const declared = (worker: string, more: Partial<DeclaredThings> = {}): DeclaredThings => ({
  worker,
  scriptName: `${worker}-dev`,
  protected: false,
  allowRemoval: false,
  data: [],
  classes: [],
  exists: true,
  deletes: [],
  ...more,
});
const plan = (state: Partial<Owned>, workers: DeclaredThings[], prod = false, accountId = ACCOUNT) =>
  planLosses(owned(state), { accountId, prod, workers });
const never = () => assert.fail("the history was asked");
const refusals = (losses: readonly Loss[], wasProduction: () => Promise<boolean> = never) =>
  Promise.all(losses.map((loss) => isRefused(loss, wasProduction)));

describe("what an update would lose", () => {
  it("is nothing where all is declared as it is, and nothing of an empty state", () => {
    const state = { scripts: [script("web")], guards: new Map([record("web")]) };
    assert.deepEqual(plan(state, [declared("web")]), { losses: [], moved: new Map() });
    assert.deepEqual(plan({}, [declared("web", { exists: false })]).losses, []);
  });

  it("keeps a script whose Worker has another name, by an alias", () => {
    const state = { scripts: [script("web")], guards: new Map([record("web")]) };
    const { losses, moved } = plan(state, [declared("shop", { scriptName: "web-dev" })]);
    assert.deepEqual([losses, [...moved]], [[], [["shop", "web"]]]);
  });

  it("names two Workers that exchange names, which no alias can keep", () => {
    const state = {
      scripts: [script("one"), script("two")],
      guards: new Map([record("one"), record("two")]),
    };
    const exchanged = [
      declared("one", { scriptName: "two-dev" }),
      declared("two", { scriptName: "one-dev" }),
    ];
    const { losses, moved } = plan(state, exchanged);
    assert.equal(moved.size, 0);
    assert.deepEqual(
      losses.map((loss) => loss.what === "script" && loss.reason),
      [
        { why: "exchanged", worker: "two" },
        { why: "exchanged", worker: "one" },
      ],
    );
  });

  it("is all of it where the account is another one", async () => {
    const data = [{ ...CACHE, urn: "", accountId: ACCOUNT, protect: false, taint: false, owners: ["web"] }];
    const state = { scripts: [script("web")], data, guards: new Map([record("web", { data: [CACHE] })]) };
    const { losses } = plan(state, [declared("web", { data: [CACHE], exists: false })], true, "b".repeat(32));
    assert.deepEqual(
      losses.map(({ what }) => what),
      ["script", "data"],
    );
    for (const loss of losses) assert.match(lossFault(loss, namesOf("prod")).what, /in the account a{32}/);
  });

  it("is what the state has marked for replacement, also where the Worker has another name now", async () => {
    const data = [
      { ...CACHE, urn: "urn:cache", accountId: ACCOUNT, protect: true, taint: true, owners: ["web"] },
    ];
    const scripts = [script("web", { taint: true })];
    const state = { scripts, data, guards: new Map([record("web", { data: [CACHE] })]) };
    for (const now of [
      declared("web", { data: [CACHE] }),
      declared("shop", { scriptName: "web-dev", data: [CACHE] }),
    ]) {
      const { losses } = plan(state, [now]);
      assert.deepEqual(await refusals(losses), [true, true]);
      const told = losses.map((loss) => lossFault(loss, namesOf("dev")));
      for (const { what } of told) assert.match(what, /marked for replacement/);
      assert.match(told[1]?.fix ?? "", /pulumi state untaint 'urn:cache' --stack dev/);
    }
  });

  for (const [title, guard, protect, config, expected] of [
    ["a protected one", { protected: true }, true, {}, true],
    ["one that an earlier up permitted", { allowRemoval: true }, false, { prod: true }, false],
    ["one that somebody unprotected in the state", { protected: true }, false, { prod: true }, false],
    ["one that was not protected", { protected: false }, false, {}, false],
    [
      "one that was not protected, in the update that says prod",
      { protected: false },
      false,
      { prod: true },
      true,
    ],
  ] as const) {
    it(`${expected ? "stops" : "goes on with"} the removal of ${title}`, async () => {
      const state = { scripts: [script("web", { protect })], guards: new Map([record("web", guard)]) };
      const { losses } = plan(state, [declared("other")], "prod" in config);
      assert.deepEqual(await refusals(losses), [expected]);
    });
  }

  it("asks the history about a state that an earlier version left, and only then", async () => {
    const state = { scripts: [script("web", { protect: false })] };
    const { losses } = plan(state, []);
    assert.deepEqual(await refusals(losses, async () => true), [true]);
    assert.deepEqual(await refusals(losses, async () => false), [false]);
    assert.deepEqual(await refusals(plan(state, [], true).losses), [true]);
  });

  it("keeps what two Workers declare as long as one of them does, and is protected as long as one of them is", async () => {
    const guards = new Map([
      record("one", { data: [CACHE] }),
      record("two", { data: [CACHE], allowRemoval: true }),
    ]);
    const owners = ["one", "two"];
    const data = [{ ...CACHE, urn: "", accountId: ACCOUNT, protect: true, taint: false, owners }];
    const scripts = [script("one"), script("two", { protect: false })];
    const kept = plan({ guards, data, scripts }, [declared("one", { data: [CACHE] }), declared("two")]);
    assert.deepEqual(kept.losses, []);
    const { losses } = plan({ guards, data, scripts }, [declared("one"), declared("two")]);
    assert.deepEqual(await refusals(losses), [true]);
  });

  it("is what was deleted elsewhere, until somebody says that it is known", async () => {
    const guards = new Map([record("web", { classes: ["Room"], data: [CACHE] })]);
    const now = (more: Partial<DeclaredThings>) =>
      plan({ guards }, [declared("web", { data: [CACHE], exists: false, ...more })]).losses;
    assert.deepEqual(await refusals(now({})), [true]);
    assert.deepEqual(await refusals(now({ allowRemoval: true })), [false]);
    const [loss] = now({ exists: true });
    assert.ok(loss);
    assert.match(lossWarning(loss, namesOf("dev")), /recreate KV namespace 'cache' without/);
  });
});

describe("what a state says that a stack has", () => {
  const urn = (types: string, name: string) => `urn:pulumi:dev::shop::${types}::${name}`;
  const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
  const KV = "cloudflare:index/workersKvNamespace:WorkersKvNamespace";
  const inputs = { accountId: ACCOUNT, scriptName: "web-dev" };
  const own = { type: SCRIPT, urn: urn(`worker-secrets:index:SecretWorker$${SCRIPT}`, "web"), inputs };
  const namespace = (name: string) => ({ type: KV, urn: urn(KV, name), inputs: { accountId: ACCOUNT } });

  it("has the Workers inside of a user's own component", () => {
    const types = `their:index:App$worker-secrets:index:SecretWorker$${SCRIPT}`;
    const { scripts } = ownedBy({ resources: [{ ...own, urn: urn(types, "web") }] });
    assert.deepEqual(
      scripts.map(({ worker }) => worker),
      ["web"],
    );
  });

  it("leaves out a script and a namespace that the program declares beside the stack's", () => {
    const foreign = { type: SCRIPT, urn: urn(SCRIPT, "mine"), inputs };
    const resources = [
      { ...own, dependencies: [namespace("cache").urn] },
      foreign,
      namespace("cache"),
      namespace("mine"),
    ];
    const { scripts, data } = ownedBy({ resources });
    assert.deepEqual(
      [scripts.map(({ worker }) => worker), data.map(({ name }) => name)],
      [["web"], ["cache"]],
    );
  });

  it("takes the guard's word before a dependency, and nothing that is to be deleted", () => {
    const [, input] = record("web");
    const guard = {
      type: "pulumi:index:Stash",
      urn: urn("pulumi:index:Stash", "web-guard"),
      inputs: { input },
    };
    const resources = [{ ...own, dependencies: [namespace("mine").urn] }, guard, namespace("mine")];
    assert.deepEqual(ownedBy({ resources }).data, []);
    assert.deepEqual(ownedBy({ resources: [{ ...own, delete: true }] }).scripts, []);
    for (const nothing of [undefined, {}, { resources: null }, { resources: [1, {}] }])
      assert.deepEqual(ownedBy(nothing).scripts, []);
  });
});
