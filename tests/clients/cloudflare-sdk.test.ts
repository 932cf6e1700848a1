import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import Cloudflare, { toFile } from "cloudflare";
import { after, before } from "mocha";
import { idOf } from "../../packages/sandbox/src/cloudflare/tokens/groups.ts";
import { startTools, type Tools } from "./real-tools.ts";

const CODE = "export default { fetch: (request, env) => Response.json(env) };";
const MODULE = "application/javascript+module";

describe("clients: the cloudflare SDK", function () {
  this.timeout(120_000);
  const canary = `canary-${randomUUID()}`;
  let tools: Tools;
  let client: Cloudflare;
  let account_id: string;
  before(async () => {
    tools = await startTools();
    const { url, token, accountId } = tools.sandbox.description.cloudflare;
    account_id = accountId;
    client = new Cloudflare({ apiToken: token, baseURL: url, maxRetries: 0 });
  });
  after(() => tools.close());

  const env = async (name: string): Promise<unknown> =>
    (await fetch(`${tools.sandbox.description.workers.url}/${name}/`)).json();
  const code = () => toFile(Buffer.from(CODE), "worker.js", { type: MODULE });
  const metadata = (bindings: readonly object[] = []) => ({
    main_module: "worker.js",
    compatibility_date: "2026-11-01",
    bindings,
  });
  /**
   * The SDK's types want an object here, and its 7.x then flattens that into form fields nobody reads. As a file, and
   * without the content type that it would set, the request is right.
   */
  const asFile = (bindings?: readonly object[]) =>
    toFile(Buffer.from(JSON.stringify(metadata(bindings))), "metadata.json", {
      type: "application/json",
    }) as unknown as Promise<Cloudflare.Workers.ScriptUpdateParams.Metadata>;
  const upload = async (name: string, bindings?: readonly object[]) =>
    client.workers.scripts.update(
      name,
      { account_id, metadata: await asFile(bindings), files: [await code()] },
      { headers: { "Content-Type": null } },
    );
  const refusedWith = async (call: Promise<unknown>, status: number, errorCode: number) => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof Cloudflare.APIError);
      assert.deepEqual([error.status, error.errors[0]?.code], [status, errorCode]);
      return true;
    });
  };

  it("uploads a script, but only with the work-around", async () => {
    const plain = client.workers.scripts.update("sdk", {
      account_id,
      metadata: metadata() as Cloudflare.Workers.ScriptUpdateParams.Metadata,
      files: [await code()],
    });
    await refusedWith(plain, 400, 10021);
    const made = await upload("sdk", [{ name: "S", type: "secret_text", text: canary }]);
    assert.equal(made.id, "sdk");
    assert.deepEqual(await env("sdk"), { S: canary });
    const settings = await client.workers.scripts.settings.get("sdk", { account_id });
    assert.equal(settings.logpush, false);
  });

  it("sets, lists, gets and deletes secrets", async () => {
    const { secrets } = client.workers.scripts;
    await secrets.update("sdk", { account_id, name: "T", text: "t", type: "secret_text" });
    await secrets.bulkUpdate("sdk", {
      account_id,
      secrets: { U: { name: "U", text: "u", type: "secret_text" }, S: null },
    });
    const names: unknown[] = [];
    for await (const secret of secrets.list("sdk", { account_id })) names.push(secret.name);
    assert.deepEqual(names, ["T", "U"]);
    assert.deepEqual(await secrets.get("T", { account_id, script_name: "sdk" }), {
      name: "T",
      type: "secret_text",
    });
    await secrets.delete("T", { account_id, script_name: "sdk" });
    assert.deepEqual(await env("sdk"), { U: "u" });
    await refusedWith(secrets.delete("T", { account_id, script_name: "sdk" }), 404, 10056);
  });

  it("uploads a version and deploys it", async () => {
    const { versions, deployments } = client.workers.scripts;
    const made = await versions.create(
      "sdk",
      {
        account_id,
        metadata: (await asFile([
          { name: "V", type: "plain_text", text: "v" },
        ])) as unknown as Cloudflare.Workers.Scripts.VersionCreateParams.Metadata,
        files: [await code()],
      },
      { headers: { "Content-Type": null } },
    );
    const id = made.id ?? "";
    assert.deepEqual(await env("sdk"), { U: "u" });
    const deployed = await deployments.create("sdk", {
      account_id,
      strategy: "percentage",
      versions: [{ version_id: id, percentage: 100 }],
    });
    assert.deepEqual(await env("sdk"), { V: "v" });
    const read = await deployments.get(deployed.id, { account_id, script_name: "sdk" });
    assert.deepEqual(read.versions, [{ version_id: id, percentage: 100 }]);
    assert.equal((await versions.get(id, { account_id, script_name: "sdk" })).id, id);
    const subdomain = await client.workers.scripts.subdomain.create("sdk", { account_id, enabled: true });
    assert.equal(subdomain.enabled, true);
  });

  it("runs Workers, versions and deployments of the newer API", async () => {
    const { workers } = client.workers.beta;
    const worker = await workers.create({ account_id, name: "newer", tags: ["a"] });
    const sent = {
      account_id,
      main_module: "worker.js",
      compatibility_date: "2026-11-01",
      modules: [
        { name: "worker.js", content_type: MODULE, content_base64: Buffer.from(CODE).toString("base64") },
      ],
      bindings: [{ name: "S", type: "secret_text" as const, text: canary }],
    };
    const version = await workers.versions.create(worker.id, { ...sent, deploy: true });
    assert.deepEqual(await env("newer"), { S: canary });
    const read = await workers.versions.get(version.id, {
      account_id,
      worker_id: worker.id,
      include: "modules",
    });
    assert.deepEqual(read.modules, sent.modules);
    assert.deepEqual(read.bindings, [{ name: "S", type: "secret_text" }]);
    const other = await workers.versions.create("newer", sent);
    const numbers: number[] = [];
    for await (const one of workers.versions.list(worker.id, { account_id })) numbers.push(one.number);
    assert.deepEqual(numbers, [2, 1]);
    await workers.versions.delete(other.id, { account_id, worker_id: worker.id });
    const updated = await workers.update(worker.id, { account_id, name: "newer", logpush: true });
    assert.deepEqual([updated.logpush, updated.tags], [true, []]);
    assert.equal((await workers.get("newer", { account_id })).id, worker.id);
    const names: string[] = [];
    for await (const one of workers.list({ account_id })) names.push(one.name);
    assert.deepEqual(names.sort(), ["newer", "sdk"]);
    await workers.delete(worker.id, { account_id });
    await refusedWith(workers.get(worker.id, { account_id }), 404, 10007);
  });

  it("makes, verifies, rolls and deletes tokens of the account and of the user", async () => {
    const policies = [
      {
        id: "",
        effect: "allow" as const,
        permission_groups: [{ id: idOf("Workers Scripts Read") }],
        resources: { [`com.cloudflare.api.account.${account_id}`]: "*" },
      },
    ];
    const groups = await client.accounts.tokens.permissionGroups.get({ account_id });
    assert.ok(groups.some(({ id }) => id === idOf("Workers Scripts Read")));
    const made = await client.accounts.tokens.create({ account_id, name: "sdk", policies });
    const id = made.id ?? "";
    const limited = (apiToken: string | undefined) =>
      new Cloudflare({ apiToken: apiToken ?? "", baseURL: client.baseURL, maxRetries: 0 });
    assert.equal((await limited(made.value).accounts.tokens.verify({ account_id })).status, "active");
    await limited(made.value).workers.scripts.settings.get("sdk", { account_id });
    await refusedWith(limited(made.value).workers.scripts.delete("sdk", { account_id }), 403, 10000);
    const rolled = await client.accounts.tokens.value.update(id, { account_id });
    await limited(rolled).workers.scripts.settings.get("sdk", { account_id });
    assert.equal((await client.accounts.tokens.delete(id, { account_id }))?.id, id);
    const mine = await client.user.tokens.create({ name: "mine", policies });
    assert.equal((await limited(mine.value).user.tokens.verify()).status, "active");
    await client.user.tokens.delete(mine.id ?? "");
  });

  it("keeps a store with secrets", async () => {
    const { stores } = client.secretsStore;
    const store = await stores.create({ account_id, name: "keys" });
    const ids: string[] = [];
    const body = [{ name: "KEY", value: canary, scopes: ["workers" as const] }];
    for await (const made of stores.secrets.create(store.id, { account_id, body })) ids.push(made.id);
    const [id = ""] = ids;
    const edited = await stores.secrets.edit(id, { account_id, store_id: store.id, comment: "c" });
    assert.equal(edited.comment, "c");
    assert.equal((await client.secretsStore.quota.get({ account_id })).secrets.usage, 1);
    await refusedWith(stores.delete(store.id, { account_id }), 409, 1003);
    await stores.secrets.delete(id, { account_id, store_id: store.id });
    await stores.delete(store.id, { account_id });
  });

  it("deletes the script", async () => {
    await client.workers.scripts.delete("sdk", { account_id });
    await refusedWith(client.workers.scripts.delete("sdk", { account_id }), 404, 10007);
  });
});
