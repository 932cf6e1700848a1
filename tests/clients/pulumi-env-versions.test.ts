import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { startTools, type Tools } from "./real-tools.ts";

describe("clients: pulumi env, versions and tags", function () {
  this.timeout(120_000);
  let tools: Tools;
  const version = (...args: string[]) => tools.pulumi("env", "version", ...args);
  const tag = (...args: string[]) => tools.pulumi("env", "tag", ...args);
  before(async () => {
    tools = await startTools();
    await tools.pulumi("env", "init", "shop/app");
    for (const n of ["2", "3", "4"]) await tools.pulumi("env", "set", "shop/app", "n", n);
  });
  after(() => tools?.close());

  it("history lists the revisions, newest first, from any of them on", async () => {
    const numbers = async (name: string) =>
      [...(await version("history", name)).matchAll(/^revision (\d+)/gm)].map(([, n]) => n);
    assert.deepEqual(await numbers("shop/app"), ["4", "3", "2", "1"]);
    assert.deepEqual(await numbers("shop/app@2"), ["2", "1"]);
    assert.match(await version("history", "shop/app", "--output", "json"), /"number": 4/);
    assert.match(await tools.refused("env", "version", "history", "shop/none"), /not found/i);
  });

  it("tag sets, moves, lists and removes tags of revisions", async () => {
    await version("tag", "shop/app@stable", "@2");
    assert.match(await version("shop/app@stable"), /stable\s+Revision 2/);
    await version("tag", "shop/app@stable", "3");
    assert.match(await version("shop/app@stable"), /Revision 3/);
    await version("tag", "shop/app@newest");
    const listed = await version("tag", "ls", "shop/app", "--output", "json");
    const found = (JSON.parse(listed) as { tags: { name: string; revision: number }[] }).tags;
    assert.deepEqual(
      found.map(({ name, revision }) => [name, revision]),
      [
        ["latest", 4],
        ["newest", 4],
        ["stable", 3],
      ],
    );
    await version("tag", "rm", "shop/app@newest");
    assert.match(await tools.refused("env", "version", "tag", "rm", "shop/app@newest"), /not found/i);
    assert.match(await tools.refused("env", "version", "tag", "rm", "shop/app@latest"), /moves by itself/);
    for (const tag of ["shop/app@far", "shop/app@stable"])
      assert.match(await tools.refused("env", "version", "tag", tag, "@99"), /revision 99 .* not found/i);
  });

  it("rollback makes an old definition the newest revision", async () => {
    assert.match(await version("rollback", "shop/app@2"), /Environment updated/);
    assert.equal(await tools.pulumi("env", "open", "shop/app", "n"), "2\n");
    assert.match(await version("history", "shop/app"), /^revision 5/);
    assert.match(await tools.refused("env", "version", "rollback", "shop/app@99"), /not found/i);
  });

  it("retract marks a revision and names its replacement", async () => {
    await version("retract", "shop/app@2", "--reason", "leaked", "--replace-with", "@4");
    const history = await version("history", "shop/app");
    assert.match(history, /revision 2 \(retracted\)[\s\S]*replaced with revision 4[\s\S]*leaked/);
    assert.match(await tools.refused("env", "version", "retract", "shop/app@5"), /latest revision/);
  });

  it("tag adds, gets, lists, renames and removes tags of the Environment", async () => {
    assert.match(await tag("shop/app", "team", "web"), /Name: team\s+Value: web/);
    assert.match(await tag("shop/app", "team", "shop"), /Value: shop/);
    assert.match(await tag("get", "shop/app", "team"), /Value: shop/);
    assert.match(await tag("mv", "shop/app", "team", "owner"), /Name: owner\s+Value: shop/);
    await tag("shop/app", "tier", "1");
    const listed = await tag("ls", "shop/app");
    assert.match(listed, /owner[\s\S]*tier/);
    assert.match(await tools.refused("env", "tag", "mv", "shop/app", "tier", "owner"), /already exists/);
    await tag("rm", "shop/app", "tier");
    assert.match(await tools.refused("env", "tag", "get", "shop/app", "tier"), /not found/i);
    assert.match(await tools.refused("env", "tag", "rm", "shop/app", "tier"), /not found/i);
    assert.match(await tools.refused("env", "tag", "shop/none", "a", "b"), /not found/i);
  });
});
