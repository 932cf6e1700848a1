import assert from "node:assert/strict";
import Cloudflare, { toFile } from "cloudflare";
import { after, before } from "mocha";
import { idOf } from "../../packages/sandbox/src/cloudflare/tokens/groups.ts";
import { startTools, type Tools } from "./real-tools.ts";

const CODE = "export default { fetch: () => new Response('ok'), scheduled() {} };";

/** What hangs on a script, and what is around it: crons, routes, domains, KV, settings, the account itself. */
describe("clients: the cloudflare SDK, around a script", function () {
  this.timeout(120_000);
  let tools: Tools;
  let client: Cloudflare;
  let account_id: string;
  before(async () => {
    tools = await startTools();
    const { url, token, accountId } = tools.sandbox.description.cloudflare;
    account_id = accountId;
    client = new Cloudflare({ apiToken: token, baseURL: url, maxRetries: 0 });
    const metadata = { main_module: "worker.js", compatibility_date: "2026-11-01", bindings: [] };
    await client.workers.scripts.update(
      "sdk",
      {
        account_id,
        // As a file: the SDK would flatten an object into fields that nobody reads.
        metadata: (await toFile(Buffer.from(JSON.stringify(metadata)), "metadata.json", {
          type: "application/json",
        })) as unknown as Cloudflare.Workers.ScriptUpdateParams.Metadata,
        files: [await toFile(Buffer.from(CODE), "worker.js", { type: "application/javascript+module" })],
      },
      { headers: { "Content-Type": null } },
    );
  });
  after(() => tools.close());

  const all = async <T>(pages: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = [];
    for await (const one of pages) found.push(one);
    return found;
  };
  const refusedWith = async (call: Promise<unknown>, status: number, errorCode: number) => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof Cloudflare.APIError);
      assert.deepEqual([error.status, error.errors[0]?.code], [status, errorCode]);
      return true;
    });
  };

  it("knows the account, the user, the membership, the zone and the workers.dev name", async () => {
    assert.deepEqual(
      (await all(client.accounts.list())).map(({ id }) => id),
      [account_id],
    );
    assert.equal((await client.accounts.get({ account_id })).id, account_id);
    assert.match((await client.user.get()).id ?? "", /^[0-9a-f]{32}$/);
    const [membership] = await all(client.memberships.list());
    assert.equal(membership?.account?.id, account_id);
    assert.ok((await client.workers.subdomains.get({ account_id })).subdomain);
    const [zone] = await all(client.zones.list({ name: "example.com" }));
    assert.equal((await client.zones.get({ zone_id: zone?.id ?? "" })).name, "example.com");
    assert.deepEqual(await all(client.zones.list({ name: "nobody.test" })), []);
  });

  it("lists scripts, reads their code and settings, and changes these", async () => {
    const { scripts } = client.workers;
    assert.deepEqual(
      (await all(scripts.list({ account_id }))).map(({ id }) => id),
      ["sdk"],
    );
    assert.match(await (await scripts.content.get("sdk", { account_id })).text(), /scheduled\(\)/);
    const settings = await scripts.settings.edit("sdk", { account_id, tags: ["a"], logpush: true });
    assert.deepEqual([settings.tags, settings.logpush], [["a"], true]);
    const both = await scripts.scriptAndVersionSettings.get("sdk", { account_id });
    assert.deepEqual([both.compatibility_date, both.tags], ["2026-11-01", ["a"]]);
    assert.deepEqual(await scripts.subdomain.get("sdk", { account_id }), {
      enabled: false,
      previews_enabled: false,
    });
    await scripts.subdomain.create("sdk", { account_id, enabled: true, previews_enabled: false });
    assert.equal((await scripts.subdomain.delete("sdk", { account_id })).enabled, false);
  });

  it("sets crons, all at once", async () => {
    const { schedules } = client.workers.scripts;
    const body = [{ cron: "*/5 * * * *" }, { cron: "0 4 * * MON" }];
    const made = await schedules.update("sdk", { account_id, body });
    const read = await schedules.get("sdk", { account_id });
    assert.deepEqual(read, made);
    assert.deepEqual(
      read.schedules.map(({ cron }) => cron),
      body.map(({ cron }) => cron),
    );
    await schedules.update("sdk", { account_id, body: [] });
    await refusedWith(schedules.update("none", { account_id, body }), 404, 10007);
  });

  it("makes, changes, lists and deletes routes", async () => {
    const { routes } = client.workers;
    const [zone] = await all(client.zones.list({ name: "example.com" }));
    const zone_id = zone?.id ?? "";
    const made = await routes.create({ zone_id, pattern: "example.com/a*", script: "sdk" });
    assert.deepEqual(await routes.get(made.id, { zone_id }), {
      id: made.id,
      pattern: "example.com/a*",
      script: "sdk",
    });
    await refusedWith(routes.create({ zone_id, pattern: "example.com/a*", script: "sdk" }), 400, 10020);
    await routes.update(made.id, { zone_id, pattern: "example.com/b*" });
    assert.deepEqual(await all(routes.list({ zone_id })), [{ id: made.id, pattern: "example.com/b*" }]);
    assert.deepEqual(await routes.delete(made.id, { zone_id }), { id: made.id });
  });

  it("makes, lists and deletes custom domains", async () => {
    const { domains } = client.workers;
    const wanted = { hostname: "sdk.example.com", service: "sdk", environment: "production" };
    const made = await domains.update({ account_id, ...wanted });
    const read = await domains.get(made.id, { account_id });
    assert.deepEqual(
      [read.hostname, read.service, read.zone_name],
      [...Object.values(wanted).slice(0, 2), "example.com"],
    );
    const listed = await all(domains.list({ account_id, service: "sdk" }));
    assert.deepEqual(
      listed.map(({ id }) => id),
      [made.id],
    );
    await domains.delete(made.id, { account_id });
    assert.deepEqual(await all(domains.list({ account_id })), []);
  });

  it("keeps KV namespaces and what is in them", async () => {
    const { namespaces } = client.kv;
    const { id } = await namespaces.create({ account_id, title: "one" });
    const renamed = await namespaces.update(id, { account_id, title: "two" });
    assert.deepEqual(renamed, { id, title: "two", supports_url_encoding: true });
    assert.deepEqual(await all(namespaces.list({ account_id })), [renamed]);
    await namespaces.values.update("a/b c", { account_id, namespace_id: id, value: "v1" });
    const read = await namespaces.values.get("a/b c", { account_id, namespace_id: id });
    assert.equal(await read.text(), "v1");
    const body = [{ key: "k", value: "v2", metadata: { n: 1 } }];
    await namespaces.bulkUpdate(id, { account_id, body });
    const keys = await all(namespaces.keys.list(id, { account_id }));
    assert.deepEqual(keys.map(({ name }) => name).sort(), ["a/b c", "k"]);
    const metadata = await namespaces.metadata.get("k", { account_id, namespace_id: id });
    assert.deepEqual(metadata, { n: 1 });
    const found = await namespaces.bulkGet(id, { account_id, keys: ["k", "none"] });
    assert.deepEqual(found, { values: { k: "v2", none: null } });
    await namespaces.values.delete("a/b c", { account_id, namespace_id: id });
    await namespaces.bulkDelete(id, { account_id, body: ["k"] });
    assert.deepEqual(await all(namespaces.keys.list(id, { account_id })), []);
    await namespaces.delete(id, { account_id });
    await refusedWith(namespaces.get(id, { account_id }), 404, 10013);
  });

  it("reads, changes and lists tokens of the account", async () => {
    const policies = [
      {
        id: "",
        effect: "allow" as const,
        permission_groups: [{ id: idOf("Workers Scripts Write") }],
        resources: { [`com.cloudflare.api.account.${account_id}`]: "*" },
      },
    ];
    const { tokens } = client.accounts;
    const { id = "" } = await tokens.create({ account_id, name: "around", policies });
    const changed = await tokens.update(id, { account_id, name: "renamed", policies, status: "disabled" });
    assert.deepEqual([changed.name, changed.status, "value" in changed], ["renamed", "disabled", false]);
    assert.equal((await tokens.get(id, { account_id })).name, "renamed");
    assert.ok((await all(tokens.list({ account_id }))).some((one) => one.id === id));
    await tokens.delete(id, { account_id });
  });

  it("reads and lists the Secrets Store", async () => {
    const { stores } = client.secretsStore;
    const store = await stores.create({ account_id, name: "keys" });
    assert.deepEqual(
      (await all(stores.list({ account_id }))).map(({ id }) => id),
      [store.id],
    );
    const store_id = store.id;
    const body = [{ name: "KEY", value: "v", scopes: ["workers" as const] }];
    const [made] = await all(stores.secrets.create(store_id, { account_id, body }));
    const id = made?.id ?? "";
    assert.equal((await stores.secrets.get(id, { account_id, store_id })).name, "KEY");
    assert.equal((await all(stores.secrets.list(store_id, { account_id }))).length, 1);
    const copy = { account_id, store_id, name: "COPY", scopes: ["workers" as const], comment: "" };
    assert.equal((await stores.secrets.duplicate(id, copy)).name, "COPY");
  });

  it("makes, shows and ends a live tail", async () => {
    const { tail } = client.workers.scripts;
    const made = await tail.create("sdk", { account_id });
    assert.match(made.url, /^ws:/);
    assert.equal(JSON.stringify(await tail.get("sdk", { account_id })).includes(made.id), true);
    const one = { account_id, script_name: "sdk" };
    await tail.delete(made.id, one);
    await refusedWith(tail.delete(made.id, one), 404, 10007);
  });
});
