import assert from "node:assert/strict";
import type { HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { workerFolder } from "../helpers/worker-folder.ts";
import { openWorld, type World } from "../helpers/world.ts";
import { Keeper, pulumi, RESOURCES } from "./keeper.ts";

const OTHER = { name: "other", main: "index.js", compatibility_date: "2026-10-01" };
const PROD = { prod: true };

describe("what production must not lose", function () {
  this.timeout(300_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  /** Takes the notes of this version out of a state, as if the version before had deployed it. */
  const asBefore = async ({ automation }: HostedStack) => {
    const exported = await automation.exportStack();
    const { resources } = exported.deployment as {
      resources: { urn: string; type: string; protect?: boolean }[];
    };
    const kept = resources.filter(({ urn }) => !urn.endsWith("-guard"));
    assert.equal(kept.length, resources.length - 1);
    for (const resource of kept) if (/WorkersScript$/.test(resource.type)) delete resource.protect;
    await automation.importStack({ ...exported, deployment: { ...exported.deployment, resources: kept } });
  };

  const refusedBy = async (work: () => Promise<unknown>, ...says: RegExp[]) => {
    const message = await work().then(
      () => assert.fail("it was not refused"),
      (error: unknown) => String(error),
    );
    for (const said of says) assert.match(message, said);
  };
  /** Both a preview and an `up` stop, and an `up` that is not previewed. */
  const refuses = async (host: HostedStack, ...says: RegExp[]) => {
    await refusedBy(() => host.preview(), ...says);
    await refusedBy(() => host.up(), ...says);
  };

  describe("each way is refused by name before anything is deleted", () => {
    let keeper: Keeper;
    let host: HostedStack;
    before(async () => {
      keeper = new Keeper(world, "kept");
      host = await keeper.open();
      await host.up();
      await keeper.fill();
    });
    afterEach(async () => {
      await keeper.holds();
      host = await keeper.open();
      const { changes, text } = await host.preview();
      assert.deepEqual(Object.keys(changes), ["same"], text);
    });

    it("removed from the list", async () => {
      const other = await keeper.open({}, { ...PROD, workers: [workerFolder(world.folder, "other", OTHER)] });
      await refuses(
        other,
        /Worker 'kept-prod': this update would delete it with its Durable Objects \(Counter\)/,
        /KV namespace 'kept-prod-cache': this update would delete it with everything in it/,
        /D1 database 'kept-prod-db'/,
        /allowRemoval/,
      );
    });
    it("another name in the wrangler file", async () => {
      const renamed = await keeper.open({}, PROD, { name: "store" });
      await refuses(renamed, /would be called 'store-prod' now/, /scriptName: kept-prod/);
    });
    it("another scriptName", async () => {
      await refuses(await keeper.open({ scriptName: "store" }), /would be called 'store' now/);
    });
    it("prod: false and another name in one update", async () => {
      const renamed = await keeper.open({}, {}, { name: "store" });
      await refuses(
        renamed,
        /'kept-prod': this update would delete it/,
        /the stack's state has it as protected/,
      );
    });
    it("allowRemoval and the removal in one update", async () => {
      const renamed = await keeper.open({ allowRemoval: true }, PROD, { name: "store" });
      await refuses(renamed, /'kept-prod': this update would delete it/);
    });
    it("a migration that deletes the class", async () => {
      const migrations = [...keeper.file.migrations, { tag: "v2", deleted_classes: ["Counter"] }];
      await refuses(
        await keeper.open({}, PROD, { durable_objects: undefined, migrations }),
        /the migrations that are due delete the class Counter with all of its objects/,
      );
    });
    it("another name of a declared resource, and one that is no longer declared", async () => {
      const resources = { ...RESOURCES, DB: { declare: true, name: "another" } };
      const says = /D1 database 'kept-prod-db': this update would delete it with everything in it/;
      await refuses(await keeper.open({ resources }), says);
      await refuses(await keeper.open({ resources: { ...RESOURCES, DB: { id: "elsewhere" } } }), says);
    });
    it("a script or a database that is marked for replacement, also with prod: false", async () => {
      const { deployment } = await host.automation.exportStack();
      const { resources } = deployment as { resources: { urn: string }[] };
      const urns = ["WorkersScript::kept", "D1Database::kept-prod-db"].map(
        (end) => resources.find(({ urn }) => urn.endsWith(end))?.urn ?? end,
      );
      const mark = async (how: "taint" | "untaint") => {
        const { failed, text } = await pulumi(world, host, "state", how, ...urns, "--yes");
        assert.ok(!failed, text);
      };
      await mark("taint");
      const says = [
        /Worker 'kept-prod': this update would delete it with its Durable Objects \(Counter\): the state has it marked/,
        /D1 database 'kept-prod-db'[\s\S]*pulumi state untaint 'urn:/,
      ];
      await refuses(host, ...says);
      await refuses(await keeper.open({}, {}), ...says);
      await mark("untaint");
    });
    it("a platform stack of the same name", async () => {
      const other = await keeper.open({}, { ...PROD, platform: { stacks: { prod: {} } } });
      await refuses(other, /Worker 'kept-prod': the stack prod has it, and a platform stack has no Workers/);
    });
    for (const args of [
      ["destroy", "--yes"],
      ["destroy", "--yes", "--skip-preview"],
    ]) {
      it(`refuses pulumi ${args.join(" ")}`, async () => {
        const { failed, text } = await pulumi(world, host, ...args);
        assert.ok(failed, text);
        assert.match(text, /kept-guard[\s\S]*protect/);
        assert.doesNotMatch(text, /\d deleted|deleted \(/);
      });
    }
  });

  it("a state of the version before, whose first update is the rename", async () => {
    const keeper = new Keeper(world, "earlier");
    const host = await keeper.open();
    await host.up();
    await keeper.fill();
    await asBefore(host);
    await refuses(await keeper.open({}, PROD, { name: "store" }), /'earlier-prod'/, /it is protected/);
    await refuses(await keeper.open({}, {}, { name: "store" }), /'earlier-prod'/, /had prod: true/);
    await keeper.holds();
    const again = await keeper.open();
    const { changes, text } = await again.preview();
    assert.deepEqual({ ...changes, same: 0 }, { create: 1, same: 0 }, text);
    await again.up();
    await keeper.holds();
  });

  it("another name with the script's name pinned keeps the script, its objects and its data", async () => {
    const keeper = new Keeper(world, "moved");
    await (await keeper.open()).up();
    await keeper.fill();
    const pinned = await keeper.open({ scriptName: "moved-prod" }, PROD, { name: "store" });
    const { changes } = await pinned.preview();
    assert.ok(!("delete" in changes) && !("replace" in changes), JSON.stringify(changes));
    await pinned.up();
    await keeper.holds();
    assert.deepEqual(Object.keys((await pinned.preview()).changes), ["same"]);
    const entry = await keeper.open({ name: "shelf", scriptName: "moved-prod" }, PROD, { name: "store" });
    await entry.up();
    await keeper.holds();
    assert.deepEqual(Object.keys((await entry.preview()).changes), ["same"]);
  });

  it("goes in two steps where it is permitted: one up records it, the next removes", async () => {
    const keeper = new Keeper(world, "permitted");
    await (await keeper.open()).up();
    await keeper.fill();
    const permitting = await keeper.open({}, { ...PROD, allowRemoval: ["permitted"] });
    const { text } = await permitting.up();
    assert.match(text, /'permitted-prod' and its data are not protected after this update/);
    await keeper.holds();
    const renamed = await keeper.open({}, { ...PROD, allowRemoval: ["permitted"] }, { name: "store" });
    assert.match((await renamed.preview()).text, /'permitted-prod': this update would delete it/);
    await renamed.up();
    assert.deepEqual(Object.keys((await renamed.preview()).changes), ["same"]);
    // The host that the old script had leads to the new one, which begins without data.
    await keeper.fill();
    const released = { ...PROD, allowRemoval: ["store"] };
    const last = await keeper.open({}, released, { name: "store" });
    await assert.rejects(last.destroy(), /store-guard/);
    await last.up();
    await last.destroy();
  });

  it("names a script that was deleted elsewhere, also after a refresh, before it is recreated without its objects", async () => {
    const keeper = new Keeper(world, "gone");
    const host = await keeper.open();
    await host.up();
    await keeper.fill();
    const { url, token, accountId } = world.sandbox.description.cloudflare;
    const path = `${url}/accounts/${accountId}/workers/scripts/gone-prod?force=true`;
    const deleted = await fetch(path, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
    assert.ok(deleted.ok);
    const says =
      /'gone-prod': this stack deployed it, and somebody has deleted it elsewhere; this update would recreate its Durable Objects \(Counter\) without any data/;
    await refuses(host, says);
    const { failed, text } = await pulumi(world, host, "refresh", "--yes");
    assert.ok(!failed, text);
    await refuses(host, says);
    await (await keeper.open({ allowRemoval: true })).up();
    await keeper.holdsStores();
  });

  it("warns in the preview of any other stack, by name, and goes on", async () => {
    const keeper = new Keeper(world, "warned", "dev");
    await (await keeper.open({}, {})).up();
    await keeper.fill();
    const renamed = await keeper.open({}, {}, { name: "store" });
    const { text } = await renamed.preview();
    assert.match(
      text,
      /Worker 'warned-dev': this update would delete it with its Durable Objects \(Counter\)/,
    );
    assert.match(text, /KV namespace 'warned-dev-cache': this update would delete it with everything in it/);
    await renamed.up();
    await renamed.destroy();
  });

  it("protects one Worker of any stack whose entry says so, and a destroy with it", async () => {
    const keeper = new Keeper(world, "entry", "dev");
    const host = await keeper.open({ protect: true }, {});
    await host.up();
    await keeper.fill();
    await refuses(await keeper.open({ protect: true }, {}, { name: "store" }), /'entry-dev'/);
    await refuses(await keeper.open({}, {}, { name: "store" }), /'entry-dev'/);
    const { failed } = await pulumi(world, host, "destroy", "--yes", "--skip-preview");
    assert.ok(failed);
    await keeper.holds();
  });
});
