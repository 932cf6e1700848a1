import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { declared } from "../../../../tests/helpers/declared.ts";
import { localValues } from "../../src/cli/commands/dev/child-env.ts";
import { compareValues } from "../../src/cli/commands/drift/values.ts";
import { findPlace } from "../../src/cli/commands/rotate/plan.ts";
import { reviewWorker } from "../../src/cli/project/review.ts";
import { slotsOf } from "../../src/cli/project/values/slots.ts";
import type { DeclaredWorker } from "../../src/program/declared-worker.ts";
import { fingerprint } from "../../src/program/fingerprints.ts";
import { type Given, givenFaults } from "../../src/program/given.ts";
import { guardScript } from "../../src/program/guard.ts";
import { environmentNames } from "../../src/program/names.ts";
import { OwnedState } from "../../src/program/ownership.ts";
import { referencesOf, secretsOf } from "../../src/program/program-values.ts";
import { checkValues, MAX_VALUE_BYTES, valueTree } from "../../src/program/values.ts";
import type { ResourceSource } from "../../src/program/worker-entries.ts";

const names = environmentNames("shop", "dev");
const stack = { stack: "dev", names };
const PROGRAM: ResourceSource = { from: "program" };

/** As the stack's config has it: one secret and one bucket of the program, one secret out of the Environment. */
const api = (more: Partial<DeclaredWorker> = {}): DeclaredWorker =>
  declared(
    "api",
    ["API_KEY", "DATABASE_URL"],
    {
      programSecrets: ["DATABASE_URL"],
      externalSecrets: ["THEIRS"],
      resources: new Map([["FILES", PROGRAM]]),
      ...more,
    },
    {
      vars: { GREETING: "hello" },
      bindings: [
        { type: "r2_bucket", name: "FILES", bucketName: undefined, jurisdiction: undefined },
        { type: "kv_namespace", name: "CACHE", id: "0".repeat(32) },
        { type: "analytics_engine", name: "HITS", dataset: undefined },
      ] as unknown as DeclaredWorker["config"]["bindings"],
    },
  );

const GOOD: Given = { secrets: { DATABASE_URL: "canary" }, bindings: { FILES: "files" } };
const secrets = (more: Record<string, unknown>): Given => ({
  ...GOOD,
  secrets: { ...GOOD.secrets, ...more },
});
const bindings = (more: Record<string, unknown>): Given => ({
  ...GOOD,
  bindings: { ...GOOD.bindings, ...more },
});

const LINE = "Write into the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml): ";
const ROWS: readonly { title: string; given: Given; what: string; fix: string }[] = [
  {
    title: "a secret of the config that the program does not pass",
    given: { ...GOOD, secrets: {} },
    what: "programSecrets lists 'DATABASE_URL', and the program passes no value for it",
    fix: `Pass it: new SecretWorker("api", { plan, secrets: { DATABASE_URL: … } }). Or take the name out of the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml).`,
  },
  {
    title: "a secret whose value is undefined in JavaScript",
    given: secrets({ DATABASE_URL: undefined }),
    what: "programSecrets lists 'DATABASE_URL', and the program passes no value for it",
    fix: `Pass it: new SecretWorker("api", { plan, secrets: { DATABASE_URL: … } }). Or take the name out of the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml).`,
  },
  {
    title: "a secret that nothing declares",
    given: secrets({ QUEUE_URL: "canary" }),
    what: "the program passes the secret 'QUEUE_URL', which nothing declares: the commands would take it for somebody else's",
    fix: `${LINE}programSecrets: [DATABASE_URL, QUEUE_URL]`,
  },
  {
    title: "a secret whose value the Environment has",
    given: secrets({ API_KEY: "canary" }),
    what: "the program passes the secret 'API_KEY', whose value comes from the Environment shop/dev-secrets",
    fix: "Leave it out of 'secrets'. To take the program's value, write into the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml): programSecrets: [DATABASE_URL, API_KEY], and remove the stored one: pulumi env rm shop/dev-secrets environmentVariables.API_KEY",
  },
  {
    title: "a secret of somebody else",
    given: secrets({ THEIRS: "canary" }),
    what: "the program passes the secret 'THEIRS', which externalSecrets leaves to somebody else",
    fix: "Leave it out of 'secrets', or move the name in the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml): programSecrets: [DATABASE_URL, THEIRS]",
  },
  {
    title: "a secret that is a variable",
    given: secrets({ GREETING: "canary" }),
    what: "the program passes the secret 'GREETING', which is a variable of api/wrangler.jsonc",
    fix: "Take it out of 'vars' at api/wrangler.jsonc:1:1, and write into the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml): programSecrets: [DATABASE_URL, GREETING]",
  },
  {
    title: "a binding among the secrets",
    given: secrets({ CACHE: "canary" }),
    what: "the program passes the secret 'CACHE', which is a binding of api/wrangler.jsonc",
    fix: "Pass the resource's id or name in 'bindings' instead.",
  },
  {
    title: "a binding of the config that the program does not pass",
    given: { ...GOOD, bindings: {} },
    what: "'resources' has FILES: {program: true}, and the program passes nothing for the binding",
    fix: `Pass the id (KV, D1) or name (R2, queue): new SecretWorker("api", { plan, bindings: { FILES: … } }). Or change it in the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml).`,
  },
  {
    title: "a binding that the config does not leave to the program",
    given: bindings({ CACHE: "id" }),
    what: "the program passes the binding 'CACHE', which nothing declares as the program's",
    fix: `${LINE}resources: {CACHE: {program: true}}`,
  },
  {
    title: "a binding that the wrangler file does not have",
    given: bindings({ MORE: "id" }),
    what: "the program passes the binding 'MORE', and api/wrangler.jsonc has no KV, D1, R2 or queue binding of this name",
    fix: "Declare the binding there, and write into the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml): resources: {MORE: {program: true}}",
  },
  {
    title: "a binding of a kind that takes no resource of the program",
    given: bindings({ HITS: "id" }),
    what: "the program passes the binding 'HITS', and api/wrangler.jsonc has no KV, D1, R2 or queue binding of this name",
    fix: "Declare the binding there, and write into the entry of 'api' in worker-secrets:workers (Pulumi.dev.yaml): resources: {HITS: {program: true}}",
  },
  {
    title: "a secret among the bindings",
    given: bindings({ DATABASE_URL: "canary" }),
    what: "the program passes the binding 'DATABASE_URL', and api/wrangler.jsonc has no KV, D1, R2 or queue binding of this name",
    fix: "Pass it in 'secrets' instead.",
  },
];

describe("the names that a program passes to a Worker", () => {
  it("have no fault where the config declares them", () => {
    assert.deepEqual(givenFaults(api(), GOOD, stack), []);
  });

  for (const { title, given, what, fix } of ROWS) {
    it(`refuse ${title}, by name and with the next step`, () => {
      assert.deepEqual(givenFaults(api(), given, stack), [{ where: "SecretWorker 'api'", what, fix }]);
    });
  }

  it("refuse a binding that the config takes from elsewhere", () => {
    const resources = new Map<string, ResourceSource>([
      ["FILES", PROGRAM],
      ["CACHE", { from: "id", id: "1" }],
    ]);
    const [fault] = givenFaults(api({ resources }), bindings({ CACHE: "id" }), stack);
    assert.match(fault?.what ?? "", /'CACHE', and 'resources' says that something else stands behind it/);
  });

  it("are all named at once, without a value", () => {
    const faults = givenFaults(
      api(),
      { secrets: { API_KEY: "canary", GREETING: "canary" }, bindings: { CACHE: "canary" } },
      stack,
    );
    assert.equal(faults.length, 5);
    assert.doesNotMatch(JSON.stringify(faults), /canary/);
  });
});

describe("a value that the program passes", () => {
  before(() => pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }));

  const worker = api({ secretForms: new Map([["DATABASE_URL", { format: "url" }]]) });
  const found = { values: new Map([["api", new Map([["API_KEY", "stored"]])]]), assets: new Map() };
  const passed = (value: unknown) =>
    secretsOf(worker, { secrets: { DATABASE_URL: value as string }, bindings: {} }, found);

  it("stands beside those of the Environment, by name in order, and is secret whatever it was", async () => {
    const all = passed(pulumi.output("postgres://db/canary"));
    assert.deepEqual([...all.keys()], ["API_KEY", "DATABASE_URL"]);
    const value = all.get("DATABASE_URL");
    assert.equal(await known(value), "postgres://db/canary");
    assert.equal(await pulumi.isSecret(value as pulumi.Output<string>), true);
  });

  for (const [title, value, expected] of [
    ["no text", 83, /'DATABASE_URL' is a number/],
    ["empty", "", /'DATABASE_URL' is empty/],
    ["too large", `postgres://${"canary".repeat(MAX_VALUE_BYTES)}`, /'DATABASE_URL' has \d+ bytes/],
    ["not of the declared form", "canary", /'DATABASE_URL' is not a URL/],
    ["a placeholder", "<canary>", /'DATABASE_URL' is a placeholder/],
  ] as const) {
    it(`is refused by name where it is ${title}, without the value`, async () => {
      await assert.rejects(known(passed(value).get("DATABASE_URL")), (error: Error) => {
        assert.match(error.message, /SecretWorker 'api', secrets\.DATABASE_URL/);
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /canary/);
        return pulumi.RunError.isInstance(error);
      });
    });
  }

  it("for a binding is a text that is not empty", async () => {
    const given = (FILES: string) => referencesOf(worker, { secrets: {}, bindings: { FILES } }).get("FILES");
    assert.equal(await known(given("files")), "files");
    await assert.rejects(known(given("")), /bindings\.FILES: it is no text, or an empty one/);
  });
});

describe("a secret of the program", () => {
  const tree = (opened: unknown) => checkValues({ names, workers: [api()] }, opened);

  it("is not missed in the Environment, and a value there is refused by its place", () => {
    assert.deepEqual(tree({ environmentVariables: { API_KEY: "one" } }).faults, []);
    const { faults, undeclared } = tree({
      environmentVariables: { API_KEY: "one", DATABASE_URL: "canary" },
      workers: { api: { DATABASE_URL: "canary" } },
    });
    assert.deepEqual(
      faults.map(({ kind, where }) => [kind, where]),
      [
        ["conflict", "Environment shop/dev-secrets, workers.api.DATABASE_URL"],
        ["conflict", "Environment shop/dev-secrets, environmentVariables.DATABASE_URL"],
      ],
    );
    assert.match(faults[0]?.fix ?? "", /pulumi env rm shop\/dev-secrets workers\.api\.DATABASE_URL/);
    assert.deepEqual(undeclared, []);
    assert.doesNotMatch(JSON.stringify(faults), /canary/);
  });

  it("may share its name with another Worker's, which has its value in the Environment", () => {
    const workers = [api(), declared("web", ["DATABASE_URL"])];
    const opened = { environmentVariables: { API_KEY: "one", DATABASE_URL: "web's" } };
    const { faults, values } = checkValues({ names, workers }, opened);
    assert.deepEqual(faults, []);
    assert.deepEqual([...(values.get("api")?.keys() ?? [])], ["API_KEY"]);
    assert.deepEqual([...(values.get("web")?.keys() ?? [])], ["DATABASE_URL"]);
  });

  it("is asked for by no init", () => {
    const slots = slotsOf([api()], { cloudflare: {}, secrets: valueTree({}) }, []);
    assert.deepEqual(
      slots.filter(({ environment }) => environment === "secrets").map(({ name }) => name),
      ["API_KEY"],
    );
  });

  it("is declared to the guard of the script", async () => {
    const found = {
      bindings: [
        { name: "API_KEY", type: "secret_text" },
        { name: "DATABASE_URL", type: "secret_text" },
        { name: "THEIRS", type: "secret_text" },
        { name: "OTHER", type: "secret_text" },
      ],
      migrationTag: undefined,
    };
    const { faults } = await guardScript(
      api({ programSecrets: ["DATABASE_URL"] }),
      { project: "shop", stack: "dev", imported: { secrets: {} } },
      found,
      true,
      { state: async () => new OwnedState(undefined), otherOwner: async () => undefined },
    );
    assert.deepEqual(
      faults.map(({ kind, where }) => [kind, where]),
      [["undeclared-secret", "secret 'OTHER' of the Worker 'api-dev'"]],
    );
  });

  it("is not rotated in the Environment: the message names the constructor that passes it", () => {
    for (const named of [undefined, "api"]) {
      const faults: Parameters<typeof findPlace>[4] = [];
      assert.deepEqual(findPlace("DATABASE_URL", named, [api()], valueTree({}), faults).users, []);
      assert.match(faults[0]?.what ?? "", /the program passes its value/);
      assert.match(faults[0]?.fix ?? "", /new SecretWorker\("api", …\), then run: pulumi up/);
      assert.equal(faults.length, 1);
    }
    const faults: Parameters<typeof findPlace>[4] = [];
    const web = declared("web", ["DATABASE_URL"]);
    const place = findPlace("DATABASE_URL", undefined, [api(), web], valueTree({}), faults);
    assert.deepEqual([place.users.map(({ name }) => name), faults], [["web"], []]);
  });

  it("has its local value in the environment of dev", () => {
    const values = localValues(["DATABASE_URL", "QUEUE_URL", "EMPTY"], {
      DATABASE_URL: "local",
      EMPTY: "",
      API_KEY: "1",
    });
    assert.deepEqual([...values], [["DATABASE_URL", "local"]]);
  });

  it("shows as drift only where it was never deployed", () => {
    const base = { key: "key", stack: "dev" };
    const print = fingerprint("key", "dev", "API_KEY", "one");
    const values = new Map([["API_KEY", "one"]]);
    const findings = (deployed: Record<string, string>) =>
      compareValues(api(), values, deployed, base, names.secrets).map(({ kind, where }) => [kind, where]);
    assert.deepEqual(findings({ API_KEY: print, DATABASE_URL: "0123456789ab" }), []);
    assert.deepEqual(findings({ API_KEY: print }), [
      ["value-not-deployed", "secret 'DATABASE_URL' of the Worker 'api-dev'"],
    ]);
  });

  it("is neither removed nor changed in a review, and added where it was not deployed", () => {
    const review = (before: Record<string, string>) => {
      const { added, removed, changed } = reviewWorker({
        worker: api(),
        stack: "dev",
        hash: null,
        assets: undefined,
        values: new Map([["API_KEY", "one"]]),
        deployed: { name: "api", scriptName: "api-dev", contentHash: null, secrets: before },
        key: "key",
        bindings: undefined,
      });
      return { added, removed, changed };
    };
    const API_KEY = fingerprint("key", "dev", "API_KEY", "one");
    assert.deepEqual(review({ API_KEY, DATABASE_URL: "0123456789ab" }), {
      added: [],
      removed: [],
      changed: [],
    });
    assert.deepEqual(review({ API_KEY }).added, ["DATABASE_URL"]);
  });
});

function known<T>(output: pulumi.Input<T> | undefined): Promise<unknown> {
  // The SDK's own promise of the value, which fails as a resource that gets the output would.
  return (pulumi.output(output) as unknown as { promise(): Promise<unknown> }).promise();
}
