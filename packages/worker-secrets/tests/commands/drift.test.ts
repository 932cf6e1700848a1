import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { generatedKey, setVariables } from "../../src/cli/project/init-environments.ts";
import { type WsProject, wsProject } from "./stack-project.ts";

interface Found {
  readonly kind: string;
  readonly level: string;
  readonly where: string;
  readonly what: string;
  readonly fix: string;
}

describe("ws drift", function () {
  this.timeout(180_000);
  let world: World;
  let project: WsProject;
  const WORKER = {
    ...GOOD,
    vars: { PLAIN: "one", SETTINGS: { b: 1, a: [2] } },
    triggers: { crons: ["1 * * * *"] },
    kv_namespaces: [{ binding: "KV" }],
  };
  const values = () => ({ API_KEY: `${CANARY}${generatedKey()}`, TOP_SECRET: `${CANARY}${generatedKey()}` });

  before(async () => {
    world = await openWorld();
    project = await wsProject(world, {
      project: "drifting",
      worker: WORKER,
      secrets: values(),
      config: (directory) => ({ workers: [{ directory, resources: { KV: { declare: true } } }] }),
    });
  });
  after(() => world?.close());

  const drift = async (of = project): Promise<{ code: number | null; findings: Found[] }> => {
    const { code, stdout, stderr } = await of.ws("drift", "--json");
    assert.ok(!(stdout + stderr).includes(CANARY), "it printed a value");
    const told = JSON.parse(stdout) as { ok: boolean; drift: boolean; findings: Found[] };
    assert.equal(told.drift, code === 1, stdout + stderr);
    return { code, findings: told.findings };
  };
  const kinds = ({ findings }: { findings: readonly Found[] }) => findings.map(({ kind }) => kind).sort();

  /** Somebody else's call to Cloudflare's API. */
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const form = body instanceof FormData;
    const answer = await fetch(`${url}/accounts/${accountId}/workers/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || form ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    const told = (await answer.json()) as { result: unknown };
    assert.ok(answer.ok, `${path}: ${JSON.stringify(told)}`);
    return told.result;
  };
  /** The host has no refresh of its own; its stand-ins take the deploy token from this process. */
  const refresh = async () => {
    process.env.CLOUDFLARE_API_TOKEN = world.sandbox.description.cloudflare.token;
    try {
      await project.host.automation.refresh({ color: "never" });
    } finally {
      delete process.env.CLOUDFLARE_API_TOKEN;
    }
  };
  const SCRIPT = "scripts/sample-dev";
  const settings = (bindings: readonly object[]) => {
    const form = new FormData();
    form.set("settings", JSON.stringify({ bindings }));
    return call("PATCH", `${SCRIPT}/settings`, form);
  };
  /** Puts the stack's own upload back by the command that a finding names. */
  const restore = async ({ findings }: { findings: readonly Found[] }) => {
    const id = findings
      .map(({ fix }) => /wrangler rollback ([0-9a-f-]{36})/.exec(fix)?.[1])
      .find((one) => one);
    assert.ok(id, "no finding says which version to go back to");
    await call("POST", `${SCRIPT}/deployments?force=true`, {
      strategy: "percentage",
      versions: [{ version_id: id, percentage: 100 }],
    });
  };

  /** A new upload of the stack: secrets and settings may be edited only on the latest version (10215, 10214). */
  const again = async () => {
    await setVariables(world.client, "drifting/dev-secrets", [
      { name: "API_KEY", value: `${CANARY}${generatedKey()}`, secret: true },
    ]);
    await project.host.up();
    assert.equal((await drift()).code, 0);
  };

  it("says that nothing is deployed yet, and counts that as no drift", async () => {
    const told = await drift();
    assert.deepEqual([told.code, kinds(told)], [0, ["not-deployed"]]);
  });

  it("finds nothing after an up, nor after another up, nor after a refresh", async () => {
    await project.host.up();
    assert.deepEqual(await drift(), { code: 0, findings: [] });
    await project.host.up();
    assert.deepEqual(await drift(), { code: 0, findings: [] });
    await refresh();
    assert.deepEqual(kinds(await drift()), []);
    assert.match((await project.ws("drift")).stdout, /Stack dev: no drift/);
  });

  it("names a secret that somebody else put there, by whom; it is the preview's own fault, with all three ways out", async () => {
    await call("PUT", `${SCRIPT}/secrets`, { name: "FOREIGN", text: `${CANARY}x`, type: "secret_text" });
    const told = await drift();
    assert.equal(told.code, 1);
    assert.deepEqual(kinds(told), ["deployment-newer", "secret-undeclared"]);
    const [secret] = told.findings.filter(({ kind }) => kind === "secret-undeclared");
    assert.match(
      secret?.fix ?? "",
      /Declare it.*externalSecrets: \[FOREIGN\].*wrangler secret delete FOREIGN/,
    );
    // The preview stops with the same words; only the path of the file is another one there.
    await assert.rejects(project.host.preview(), (error: Error) => {
      for (const part of [
        secret?.what ?? "?",
        "Declare it at",
        "externalSecrets: [FOREIGN]",
        "wrangler secret delete FOREIGN --name sample-dev",
      ])
        assert.ok(error.message.includes(part), error.message);
      return true;
    });
    const [deployment] = told.findings.filter(({ kind }) => kind === "deployment-newer");
    assert.match(
      deployment?.what ?? "",
      /sandbox-user@example\.com by api .*after the stack's own deployment of 20/,
    );
    const plain = await project.ws("drift");
    assert.match(plain.stdout, /2 things differ[\s\S]*! secret-undeclared: secret 'FOREIGN'/);
    await restore(told);
    assert.deepEqual(await drift(), { code: 0, findings: [] });
    await again();
  });

  it("names a declared secret that somebody took away", async () => {
    await call("DELETE", `${SCRIPT}/secrets/API_KEY`);
    const told = await drift();
    assert.deepEqual(kinds(told), ["deployment-newer", "secret-missing"]);
    assert.match(told.findings.find(({ kind }) => kind === "secret-missing")?.where ?? "", /'API_KEY'/);
    await restore(told);
    assert.equal((await drift()).code, 0);
    await again();
  });

  it("names plain bindings that were changed, added, removed, retargeted, also after a refresh, which sees none of it", async () => {
    // A deployment within the clocks' tolerance after an update counts as the update's own.
    await sleep(4000);
    const live = (await call("GET", `${SCRIPT}/settings`)) as { bindings: { name: string; type: string }[] };
    const kept = live.bindings
      .filter(({ type }) => type === "secret_text")
      .map(({ name }) => ({ name, type: "inherit" }));
    const namespace = await (async () => {
      const { url, accountId, token } = world.sandbox.description.cloudflare;
      const made = await fetch(`${url}/accounts/${accountId}/storage/kv/namespaces`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title: "another" }),
      });
      return ((await made.json()) as { result: { id: string } }).result.id;
    })();
    await settings([
      ...kept,
      { name: "PLAIN", type: "plain_text", text: "two" },
      { name: "KV", type: "kv_namespace", namespace_id: namespace },
      { name: "ADDED", type: "plain_text", text: "x" },
    ]);
    await refresh();
    const told = await drift();
    assert.deepEqual(kinds(told), [
      "binding-changed",
      "binding-changed",
      "binding-missing",
      "binding-undeclared",
      "deployment-newer",
    ]);
    const all = told.findings.map(({ where, what }) => `${where}: ${what}`).join("\n");
    assert.match(all, /'PLAIN'.*text was "one" and is "two"/);
    assert.match(all, /'KV'.*namespace_id was "[0-9a-f]{32}" and is/);
    assert.match(all, /'SETTINGS'.*took it away/);
    assert.match(all, /'ADDED'/);
    await restore(told);
    assert.deepEqual(await drift(), { code: 0, findings: [] });
  });

  it("names changed crons and a changed workers.dev address", async () => {
    await call("PUT", `${SCRIPT}/schedules`, [{ cron: "2 * * * *" }]);
    await call("POST", `${SCRIPT}/subdomain`, { enabled: false, previews_enabled: true });
    const told = await drift();
    assert.deepEqual(kinds(told), ["crons-changed", "subdomain-changed"]);
    assert.match(told.findings[0]?.what ?? "", /'1 \* \* \* \*' and are '2 \* \* \* \*'/);
    await call("PUT", `${SCRIPT}/schedules`, [{ cron: "1 * * * *" }]);
    await call("POST", `${SCRIPT}/subdomain`, { enabled: true, previews_enabled: true });
    assert.equal((await drift()).code, 0);
  });

  it("names a value that changed in ESC and is not deployed, and only that one", async () => {
    await setVariables(world.client, "drifting/dev-secrets", [
      { name: "TOP_SECRET", value: `${CANARY}${generatedKey()}`, secret: true },
    ]);
    const told = await drift();
    assert.deepEqual(kinds(told), ["value-not-deployed"]);
    assert.match(told.findings[0]?.where ?? "", /'TOP_SECRET' of the Worker 'sample-dev'/);
    assert.equal(told.findings[0]?.fix, "pulumi up");
    await project.host.up();
    assert.equal((await drift()).code, 0);
  });

  it("names an edit of the declared Environment that keeps its digest", async () => {
    const stored = await world.client.environment("drifting/dev");
    assert.ok(stored);
    await world.client.updateEnvironment(
      "drifting/dev",
      stored.yaml.replace("  pulumiConfig:", "    INTRUDER: x\n  pulumiConfig:"),
    );
    const told = await drift();
    assert.deepEqual(kinds(told), ["definition-edited"]);
    await project.host.up();
    assert.equal((await drift()).code, 0);
  });

  it("tells a pin that is behind, and counts it as no drift", async () => {
    const pinned = await wsProject(world, {
      project: "pinned",
      worker: { ...GOOD, name: "pinned" },
      secrets: values(),
      config: { secretsRevision: "2" },
    });
    await pinned.host.up();
    assert.deepEqual(await drift(pinned), { code: 0, findings: [] });
    await setVariables(world.client, "pinned/dev-secrets", [
      { name: "API_KEY", value: `${CANARY}new`, secret: true },
    ]);
    const told = await drift(pinned);
    assert.deepEqual([told.code, kinds(told)], [0, ["pin-behind"]]);
    assert.match(told.findings[0]?.what ?? "", /pins 2; the latest revision is 3/);
  });

  it("looks at every Worker of a stack", async () => {
    const { workerFolder } = await import("../../../../tests/helpers/worker-folder.ts");
    const several = await wsProject(world, {
      project: "several",
      worker: { ...GOOD, name: "alpha" },
      secrets: values(),
      config: (directory) => ({
        workers: [directory, workerFolder(`${directory}-two`, "two", { ...GOOD, name: "beta" })],
      }),
    });
    await several.host.up();
    assert.equal((await drift(several)).code, 0);
    await call("PUT", "scripts/beta-dev/secrets", { name: "FOREIGN", text: "x", type: "secret_text" });
    await call("DELETE", "scripts/alpha-dev?force=true");
    const told = await drift(several);
    assert.deepEqual(kinds(told), ["deployment-newer", "secret-undeclared", "worker-missing"]);
  });

  it("says that a Worker of the same name is somebody else's", async () => {
    const form = new FormData();
    form.set(
      "metadata",
      JSON.stringify({ main_module: "a.js", bindings: [{ name: "S", type: "secret_text", text: "x" }] }),
    );
    form.set(
      "a.js",
      new File(["export default { fetch: () => new Response() }"], "a.js", {
        type: "application/javascript+module",
      }),
    );
    await call("PUT", "scripts/foreign-dev", form);
    const other = await wsProject(world, {
      project: "foreign",
      worker: { ...GOOD, name: "foreign" },
      secrets: values(),
    });
    const told = await drift(other);
    assert.deepEqual([told.code, kinds(told)], [1, ["secret-undeclared", "worker-foreign"]]);
  });

  it("fails in words where the Environments are not there", async () => {
    const gone = await wsProject(world, {
      project: "gone",
      worker: { ...GOOD, name: "gone" },
      secrets: values(),
    });
    await world.client.deleteEnvironment("gone/dev-secrets");
    const { code, stderr } = await gone.ws("drift");
    assert.equal(code, 1);
    assert.match(stderr, /Environment sandbox\/gone\/dev-secrets: it can't be opened/);
  });
});
