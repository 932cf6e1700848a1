import assert from "node:assert/strict";
import * as fc from "fast-check";
import { declared } from "../../../../tests/helpers/declared.ts";
import type { Migration } from "../../src/compile/wrangler/worker-config.ts";
import type { Fault } from "../../src/faults.ts";
import { workerCalled } from "../../src/program/called.ts";
import { defineEnvironment, scriptsOf } from "../../src/program/definition.ts";
import { orderWorkers } from "../../src/program/deploy.ts";
import { notThereYet } from "../../src/program/first-deployment.ts";
import { planMigrations } from "../../src/program/migrations.ts";
import { environmentNames, scriptNameFault } from "../../src/program/names.ts";
import { deploymentOrder } from "../../src/program/order.ts";
import { workerUrl } from "../../src/program/outputs.ts";
import { zoneCandidates } from "../../src/program/places.ts";
import { parseWorkerEntries } from "../../src/program/worker-entries.ts";

describe("the entries of 'workers'", () => {
  const parse = (value: unknown) => {
    const faults: Fault[] = [];
    const raw = typeof value === "string" || value === undefined ? value : JSON.stringify(value);
    const entries = parseWorkerEntries(raw, "/project", "here", faults);
    return { entries, faults };
  };

  it("are the one folder 'worker' where nothing is said", () => {
    const { entries } = parse(undefined);
    assert.deepEqual(
      entries.map(({ directory, shownAs }) => [directory, shownAs]),
      [["/project/worker", "worker"]],
    );
  });

  it("may be a folder, a list of folders, or objects", () => {
    assert.equal(parse("api").entries[0]?.directory, "/project/api");
    assert.equal(parse(["/elsewhere/api"]).entries[0]?.directory, "/elsewhere/api");
    const [web] = parse([
      {
        directory: "web",
        scriptName: "web-prod",
        externalSecrets: ["LEGACY"],
        resources: {
          A: { id: "1" },
          B: { stack: "infra/prod", output: "db" },
          C: { declare: true, name: "c" },
        },
      },
    ]).entries;
    assert.equal(web?.scriptName, "web-prod");
    assert.deepEqual(web?.externalSecrets, ["LEGACY"]);
    assert.deepEqual(Object.fromEntries(web?.resources ?? []), {
      A: { from: "id", id: "1" },
      B: { from: "output", stack: "infra/prod", output: "db" },
      C: { from: "declare", name: "c" },
    });
  });

  for (const [bad, says] of [
    [[], /is empty/],
    [[{ name: "x" }], /workers\[0\]/],
    [[{ directory: "x", nope: 1 }], /workers\[0\]\.nope' is not known/],
    [[{ directory: "x", resources: { A: { url: "x" } } }], /resources\.A/],
    [[7], /workers\[0\]/],
  ] as const) {
    it(`refuses ${JSON.stringify(bad)}`, () => {
      const { entries, faults } = parse(bad);
      assert.deepEqual(entries, []);
      assert.match(faults.map(({ what }) => what).join("\n"), says);
    });
  }
});

describe("the order of deployment", () => {
  const never = () => false;

  it("puts what is bound before what binds it, whatever the order of the list", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 }), (pairs) => {
        // Edges only to smaller numbers, so there is no circle.
        const edges = pairs.filter(([from, to]) => from > to);
        const workers = Array.from({ length: 10 }, (_, index) => ({
          name: `w${index}`,
          needs: edges.filter(([from]) => from === index).map(([, to]) => `w${to}`),
        })).reverse();
        const result = deploymentOrder(workers, never);
        assert.ok(result.kind === "ordered");
        const place = new Map(result.order.map(({ name }, index) => [name, index]));
        assert.equal(place.size, 10);
        for (const [from, to] of edges) assert.ok((place.get(`w${to}`) ?? 0) < (place.get(`w${from}`) ?? 0));
      }),
    );
  });

  it("names a circle of Workers that are not there yet", () => {
    const circle = [
      { name: "a", needs: ["b"] },
      { name: "b", needs: ["a"] },
      { name: "c", needs: [] },
    ];
    assert.deepEqual(deploymentOrder(circle, never), { kind: "circle", names: ["a", "b"] });
    const result = deploymentOrder(circle, (name) => name === "b");
    assert.ok(result.kind === "ordered");
    assert.deepEqual(result.ignored, [{ from: "a", to: "b" }]);
  });

  it("finds a Worker of the stack by its file's name, by wrangler's name of its block, and by its script", () => {
    const block = (environmentName?: string) => ({ environment: "dev", environmentName });
    const workers = [
      declared("plain", []),
      declared("blocked", [], { scriptName: "elsewhere" }, block()),
      declared("named", [], {}, block("its-own-name")),
      // Its file's name is another one's script.
      declared("plain-dev", []),
    ];
    const called = (name: string) => workerCalled(workers, name)?.name;
    assert.deepEqual(
      ["plain", "blocked", "blocked-dev", "elsewhere", "named", "its-own-name", "plain-dev", "other"].map(
        called,
      ),
      ["plain", "blocked", "blocked", "blocked", "named", "named", "plain-dev", undefined],
    );
  });

  it("goes by those names: a file that binds `auth-dev` in its block waits for the stack's own `auth`", () => {
    const service = (name: string) =>
      ({ type: "service", name: "AUTH", service: name, entrypoint: undefined }) as const;
    const block = { environment: "dev" };
    const workers = [
      declared("web", [], {}, { ...block, bindings: [service("auth-dev")] }),
      declared("auth", [], {}, block),
    ];
    const ordered = orderWorkers({ workers, project: "shop" }, { scripts: new Map() });
    assert.deepEqual(
      ordered.map(({ name }) => name),
      ["auth", "web"],
    );
  });
});

describe("Durable Object migrations", () => {
  const step = (tag: string, newSqliteClasses: string[]): Migration => ({
    tag,
    newClasses: [],
    newSqliteClasses,
    renamedClasses: [],
    transferredClasses: [],
    deletedClasses: [],
  });
  const all = [step("v1", ["A"]), step("v2", ["B"]), step("v3", ["C"])];

  it("are all steps for a new script, and the missing ones for another", () => {
    assert.deepEqual(planMigrations(all, undefined), {
      newTag: "v3",
      steps: [{ newSqliteClasses: ["A"] }, { newSqliteClasses: ["B"] }, { newSqliteClasses: ["C"] }],
    });
    assert.deepEqual(planMigrations(all, "v2"), {
      oldTag: "v2",
      newTag: "v3",
      steps: [{ newSqliteClasses: ["C"] }],
    });
  });

  it("are none for a script that has them all, or a Worker without any", () => {
    assert.equal(planMigrations(all, "v3"), undefined);
    assert.equal(planMigrations([], "v3"), undefined);
  });

  it("are nobody's guess where the script's tag is not in the list", () => {
    assert.equal(planMigrations(all, "other"), "unknown-tag");
  });
});

describe("where a Worker answers", () => {
  const at = (routes: Parameters<typeof declared>[3], prod = false) =>
    workerUrl(declared("shop", [], {}, routes), { prod }, { subdomain: "acme" });

  it("is its custom domain, else workers.dev, else the host of a route", () => {
    const domain = { kind: "custom_domain", hostname: "shop.example.com", zone: undefined } as const;
    const route = { kind: "route", pattern: "example.com/shop/*", zone: undefined } as const;
    const wild = { kind: "route", pattern: "*.example.com/*", zone: undefined } as const;
    assert.equal(at({ routes: [route, domain] }), "https://shop.example.com");
    assert.equal(at({ routes: [route] }), "https://shop-dev.acme.workers.dev");
    assert.equal(at({ routes: [route] }, true), "https://example.com/shop");
    assert.equal(at({ routes: [wild] }, true), null);
    assert.equal(at({}, true), null);
  });
});

describe("the zone of a route", () => {
  it("is the host or one of its parents", () => {
    assert.deepEqual(zoneCandidates("shop.example.co.uk/*"), [
      "shop.example.co.uk",
      "example.co.uk",
      "co.uk",
    ]);
    assert.deepEqual(zoneCandidates("https://*.example.com/x"), ["example.com"]);
    assert.deepEqual(zoneCandidates("*example.com/*"), ["example.com"]);
  });
});

describe("the scripts that a definition names", () => {
  it("come back out of its text, sorted; none where the text is another", () => {
    const { yaml } = defineEnvironment({
      names: environmentNames("shop", "dev"),
      scripts: ["web-dev", "api-dev"],
    });
    assert.deepEqual(scriptsOf(yaml, "shop"), ["api-dev", "web-dev"]);
    for (const text of [
      undefined,
      "",
      "values: 3",
      "a: [",
      "values: {pulumiConfig: {'worker-secrets:scripts': x}}",
    ])
      assert.deepEqual(scriptsOf(text, "shop"), []);
  });
});

describe("what is not there yet when a Worker is deployed", () => {
  const step = (tag: string, more: Partial<Migration> = {}): Migration => ({
    tag,
    newClasses: [],
    newSqliteClasses: [],
    renamedClasses: [],
    transferredClasses: [],
    deletedClasses: [],
    ...more,
  });
  const room = {
    type: "durable_object_namespace",
    name: "ROOM",
    className: "Room",
    scriptName: undefined,
  } as const;
  const said = (config: Parameters<typeof declared>[3], exists: boolean) => {
    const worker = declared("shop", [], {}, config);
    return notThereYet(worker, [worker], exists).map(({ what }) => what);
  };

  it("is the Worker itself, which a service binding may lead to only from the second time on", () => {
    const bindings = [
      { type: "service", name: "SELF", service: "shop", entrypoint: undefined },
      { type: "service", name: "OTHER", service: "other", entrypoint: undefined },
    ] as const;
    assert.match(said({ bindings }, false).join(), /^the binding 'SELF' leads to the Worker itself.*10143/);
    assert.deepEqual(said({ bindings }, true), []);
  });

  it("is a Durable Object's class that no migration makes", () => {
    const bindings = [room];
    assert.match(said({ bindings }, false).join(), /'Room', which no migration makes.*10061/);
    // Of one without a history in the file, the classes may be from elsewhere.
    assert.deepEqual(said({ bindings }, true), []);
    const made = step("v1", { newSqliteClasses: ["Room"] });
    for (const exists of [true, false]) {
      assert.deepEqual(said({ bindings, migrations: [made] }, exists), []);
      const gone = step("v2", { renamedClasses: [{ from: "Room", to: "Hall" }] });
      assert.equal(said({ bindings, migrations: [made, gone] }, exists).length, 1);
      const back = step("v3", { transferredClasses: [{ from: "X", fromScript: "other", to: "Room" }] });
      assert.deepEqual(said({ bindings, migrations: [made, gone, back] }, exists), []);
    }
    assert.deepEqual(said({ bindings: [{ ...room, scriptName: "rooms" }] }, false), []);
  });
});

describe("a script's name", () => {
  it("may hold '_' and be longer where no workers.dev host is made of it", () => {
    for (const name of ["my_api", "_api", "a".repeat(64)]) {
      assert.ok(scriptNameFault(name), name);
      assert.equal(scriptNameFault(name, false), undefined, name);
    }
    for (const name of ["", "-a", "A", "a.b", "a".repeat(256)]) assert.ok(scriptNameFault(name, false), name);
    assert.match(scriptNameFault("my_api") ?? "", /no workers\.dev host.*without 'workers_dev'/);
  });
});
