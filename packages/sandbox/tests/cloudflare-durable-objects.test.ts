import assert from "node:assert/strict";
import { after, before } from "mocha";
import {
  type Half,
  newFolder,
  removeFolder,
  SCRIPTS,
  SHOW_ENV,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

/** A class of Durable Objects that counts, and a Worker that asks it. */
const counter = (name: string) => `
import { DurableObject } from "cloudflare:workers";
export class ${name} extends DurableObject {
  async next() {
    const value = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", value);
    return value;
  }
}
export default {
  async fetch(request, env) {
    return new Response(String(await env.COUNTER.get(env.COUNTER.idFromName("one")).next()));
  },
};`;

const COUNTER = { name: "COUNTER", type: "durable_object_namespace", class_name: "Counter" };

describe("sandbox/cloudflare: Durable Object migrations", function () {
  this.timeout(120_000);
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  const put = (name: string, source: string, metadata: Readonly<Record<string, unknown>>) =>
    half.call("PUT", `${SCRIPTS}/${name}`, upload(source, metadata));
  const ask = async (name: string) => (await fetch(`${half.workersUrl}/${name}/`)).text();

  it("migrates Durable Objects: new, kept through versions, renamed, deleted", async () => {
    const made = await put("counts", counter("Counter"), {
      bindings: [COUNTER],
      migrations: { new_tag: "v1", steps: [{ new_sqlite_classes: ["Counter"] }] },
    });
    assert.equal(made.status, 200, JSON.stringify(made.body.errors));
    assert.equal(made.body.result.migration_tag, "v1");
    assert.deepEqual([await ask("counts"), await ask("counts")], ["1", "2"]);
    const list = "/accounts/A/workers/durable_objects/namespaces";
    const [namespace] = (await half.call("GET", list)).body.result as unknown as { id: string }[];
    assert.deepEqual(namespace, {
      id: namespace?.id,
      name: "counts_Counter",
      script: "counts",
      class: "Counter",
      use_sqlite: true,
    });
    const { result } = (await half.call("GET", `${SCRIPTS}/counts/settings`)).body;
    assert.deepEqual(result.bindings, [{ ...COUNTER, namespace_id: namespace?.id }]);

    // Without a migration the class stays, and with it what it keeps.
    assert.equal((await put("counts", `${counter("Counter")}\n`, { bindings: [COUNTER] })).status, 200);
    assert.equal(await ask("counts"), "3");

    const again = { bindings: [COUNTER], migrations: { new_tag: "v1", new_sqlite_classes: ["Counter"] } };
    const refused = await put("counts", counter("Counter"), again);
    assert.deepEqual(refused.codes, [10079]);
    assert.equal(refused.body.errors[0]?.message, "Migration tag precondition failed; current tag is v1");
    const twice = { old_tag: "v1", new_tag: "v2", new_sqlite_classes: ["Counter"] };
    assert.deepEqual((await put("counts", counter("Counter"), { migrations: twice })).codes, [10074]);
    const gone = { old_tag: "v1", new_tag: "v2", new_sqlite_classes: ["Missing"] };
    assert.deepEqual((await put("counts", counter("Counter"), { migrations: gone })).codes, [10070]);
    assert.deepEqual((await put("counts", SHOW_ENV, {})).codes, [10064]);

    const renamed = await put("counts", counter("Total"), {
      bindings: [{ ...COUNTER, class_name: "Total" }],
      migrations: { old_tag: "v1", new_tag: "v2", renamed_classes: [{ from: "Counter", to: "Total" }] },
    });
    assert.equal(renamed.status, 200, JSON.stringify(renamed.body.errors));
    assert.equal(await ask("counts"), "4");

    const bound = { old_tag: "v2", new_tag: "v3", deleted_classes: ["Total"] };
    const still = { bindings: [{ ...COUNTER, class_name: "Total" }], migrations: bound };
    assert.deepEqual((await put("counts", counter("Total"), still)).codes, [10061]);
    assert.equal((await put("counts", SHOW_ENV, { migrations: bound })).status, 200);
    assert.deepEqual((await half.call("GET", list)).body.result, []);
  });

  it("says that classes declared in exports are not here, wherever they are sent", async () => {
    await put("declared", SHOW_ENV, {});
    const exports = { Counter: { type: "durable-object", storage: "sqlite" }, E: { type: "worker" } };
    const metadata = { bindings: [COUNTER], exports };
    const module = { name: "worker.js", content_type: "application/javascript+module" };
    const modules = [{ ...module, content_base64: Buffer.from(counter("Counter")).toString("base64") }];
    const path = `${SCRIPTS}/declared`;
    for (const answer of [
      await put("declared", counter("Counter"), metadata),
      await half.call("POST", `${path}/versions`, upload(counter("Counter"), metadata)),
      await half.call("PATCH", `${path}/settings`, metadata),
      await half.call("PATCH", `${path}/settings`, { exports }),
      await half.call("POST", "/accounts/A/workers/workers/declared/versions", {
        ...metadata,
        main_module: "worker.js",
        modules,
      }),
    ]) {
      assert.deepEqual([answer.status, answer.headers.get("x-should-retry")], [501, "false"]);
      const text = "Not in the sandbox: Durable Object classes declared in exports (Counter);";
      assert.ok(answer.body.errors[0]?.message.startsWith(text), answer.body.errors[0]?.message);
    }
    assert.equal((await put("declared", SHOW_ENV, { exports: { E: exports.E } })).status, 200);
  });

  it("10211 for a migration in a version alone", async () => {
    await put("versioned", SHOW_ENV, {});
    const migrations = { new_tag: "v1", new_sqlite_classes: ["Counter"] };
    const path = `${SCRIPTS}/versioned/versions`;
    assert.deepEqual(
      (await half.call("POST", path, upload(counter("Counter"), { migrations }))).codes,
      [10211],
    );
  });

  it("transfers a class with its objects to another Worker, and binds classes of others", async () => {
    const migrations = { new_tag: "v1", new_sqlite_classes: ["Counter"] };
    await put("giver", counter("Counter"), { bindings: [COUNTER], migrations });
    assert.equal(await ask("giver"), "1");
    const guest = `export default { async fetch(request, env) {
      return new Response(String(await env.COUNTER.get(env.COUNTER.idFromName("one")).next()));
    } };`;
    const foreign = { ...COUNTER, script_name: "giver" };
    assert.equal((await put("guest", guest, { bindings: [foreign] })).status, 200);
    assert.equal(await ask("guest"), "2");
    const refused = await half.call("DELETE", `${SCRIPTS}/giver`);
    assert.deepEqual(refused.codes, [10064]);
    assert.match(refused.body.errors[0]?.message ?? "", /guest/);
    const { result } = (await half.call("GET", `${SCRIPTS}/giver/references`)).body;
    assert.equal((result.durable_objects as unknown[]).length, 1);

    const transferred_classes = [{ from: "Counter", from_script: "giver", to: "Counter" }];
    const taken = await put("taker", counter("Counter"), {
      bindings: [COUNTER],
      migrations: { new_tag: "v1", transferred_classes },
    });
    assert.equal(taken.status, 200, JSON.stringify(taken.body.errors));
    assert.equal(await ask("taker"), "3");
    assert.equal((await half.call("DELETE", `${SCRIPTS}/giver?force=true`)).status, 200);
    assert.equal(await ask("taker"), "4");
  });

  describe("in versions of the newer API", () => {
    const WORKERS = "/accounts/A/workers/workers";
    const NEW = { new_tag: "v1", new_sqlite_classes: ["Counter"] };
    const ok = async (method: string, path: string, body?: unknown) => {
      const reply = await half.call(method, path, body);
      assert.deepEqual(reply.body.errors, [], `${method} ${path}`);
      return reply.body.result;
    };
    const version = (source: string, more: object) => ({
      main_module: "worker.js",
      compatibility_date: "2026-11-01",
      modules: [
        {
          name: "worker.js",
          content_type: "application/javascript+module",
          content_base64: Buffer.from(source).toString("base64"),
        },
      ],
      bindings: [COUNTER],
      ...more,
    });
    const post = (name: string, more: object, source = counter("Counter")) =>
      half.call("POST", `${WORKERS}/${name}/versions`, version(source, more));
    const read = (name: string, id: unknown) => ok("GET", `${WORKERS}/${name}/versions/${id}`);
    const deploy = (name: string, ...ids: unknown[]) =>
      half.call("POST", `${SCRIPTS}/${name}/deployments?force=true`, {
        strategy: "percentage",
        versions: ids.map((version_id) => ({ version_id, percentage: 100 / ids.length })),
      });
    const classes = async (name: string) => {
      const all = await ok("GET", "/accounts/A/workers/durable_objects/namespaces?per_page=100");
      const found = (all as unknown as { script: string; class: string; id: string }[]).filter(
        ({ script }) => script === name,
      );
      return found.map((one) => one.class);
    };

    it("are applied by the first deployment, and once", async () => {
      await ok("POST", WORKERS, { name: "later" });
      const first = (await post("later", { migrations: NEW })).body.result;
      assert.deepEqual([first.migrations, "migration_tag" in first], [NEW, false]);
      assert.deepEqual(await read("later", first.id), first);
      assert.deepEqual(await classes("later"), []);
      assert.equal("migration_tag" in (await ok("GET", `${SCRIPTS}/later/versions/${first.id}`)), false);

      assert.deepEqual((await deploy("later", first.id)).codes, []);
      assert.deepEqual(await read("later", first.id), { ...first, migration_tag: "v1" });
      assert.deepEqual(await classes("later"), ["Counter"]);
      assert.equal((await ok("GET", `${SCRIPTS}/later/settings`)).migration_tag, "v1");
      assert.equal(await ask("later"), "1");

      const second = (await post("later", {})).body.result;
      assert.deepEqual(["migrations" in second, "migration_tag" in second], [false, false]);
      assert.deepEqual((await deploy("later", second.id)).codes, []);
      assert.equal((await read("later", second.id)).migration_tag, "v1");
      // Back to the one that has the migration: it is done.
      assert.deepEqual((await deploy("later", first.id)).codes, []);
      assert.deepEqual((await deploy("later", first.id, second.id)).codes, []);
      assert.equal(await ask("later"), "2");
      assert.deepEqual((await post("later", { migrations: NEW })).codes, [10079]);
    });

    it("do nothing to the version that is live", async () => {
      await ok("POST", WORKERS, { name: "renames" });
      const path = `${WORKERS}/renames/versions?deploy=true`;
      const made = await ok("POST", path, version(counter("Counter"), { migrations: NEW }));
      assert.equal(made.migration_tag, "v1");
      assert.equal(await ask("renames"), "1");
      const renamed_classes = [{ from: "Counter", to: "Total" }];
      const migrations = { old_tag: "v1", new_tag: "v2", steps: [{ renamed_classes }] };
      const bindings = [{ ...COUNTER, class_name: "Total" }];
      const next = (await post("renames", { migrations, bindings }, counter("Total"))).body.result;
      assert.deepEqual(next.migrations, migrations);
      assert.deepEqual(await classes("renames"), ["Counter"]);
      assert.equal(await ask("renames"), "2");
      // Nor does a change of the script's own settings.
      await ok("PATCH", `${SCRIPTS}/renames/script-settings`, { tags: ["t"] });
      assert.deepEqual((await deploy("renames", next.id, made.id)).codes, [10211]);
      assert.deepEqual(await classes("renames"), ["Counter"]);
      assert.deepEqual((await deploy("renames", next.id)).codes, []);
      assert.equal(await ask("renames"), "3");
    });

    it("come along with a secret, and are done by whichever is deployed first", async () => {
      await ok("POST", WORKERS, { name: "patched" });
      const first = (await post("patched", { migrations: { new_sqlite_classes: ["Counter"] } })).body.result;
      const env = { S: { type: "secret_text", text: "x" } };
      const next = await ok("PATCH", `${WORKERS}/patched/versions/latest`, { env });
      assert.deepEqual(next.migrations, first.migrations);
      for (const id of [next.id, first.id]) assert.deepEqual((await deploy("patched", id)).codes, []);
      assert.equal(await ask("patched"), "1");
      await ok("PATCH", `${WORKERS}/patched/versions/latest`, { env });
      assert.equal("migrations" in (await read("patched", "latest")), false);
    });

    it("are done where another upload of the same was deployed, and refused where they fit no more", async () => {
      await ok("POST", WORKERS, { name: "twice" });
      const other = { new_tag: "other", new_sqlite_classes: ["Counter"] };
      const uploads = [];
      for (const migrations of [NEW, NEW, other])
        uploads.push((await post("twice", { migrations })).body.result);
      const [one, same, late] = uploads.map((upload) => upload?.id);
      for (const id of [one, same]) assert.deepEqual((await deploy("twice", id)).codes, []);
      assert.equal(await ask("twice"), "1");
      assert.deepEqual((await deploy("twice", late)).codes, [10079]);
      assert.equal(await ask("twice"), "2");
    });
  });

  it("keeps objects over a restart", async () => {
    await half.stop();
    half = await startHalf(folder);
    assert.equal(await ask("taker"), "5");
  });
});
