import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { restoreCommand } from "../../packages/worker-secrets/src/cli/project/deleted.ts";
import { startTools, type Tools } from "./real-tools.ts";

describe("clients: a deleted Environment", function () {
  this.timeout(120_000);
  const canary = `canary-${randomUUID()}`;
  let tools: Tools;
  before(async () => {
    tools = await startTools();
  });
  after(() => tools?.close());

  it("comes back by the command that messages give, with its values, history and tags", async () => {
    const env = (...args: string[]) => tools.pulumi("env", ...args);
    await env("init", "shop/dev-secrets");
    await tools.sh("pulumi env set --secret --file - shop/dev-secrets environmentVariables.KEY", canary);
    await env("tag", "shop/dev-secrets", "team", "web");
    await env("rm", "shop/dev-secrets", "--yes");
    await tools.refused("env", "get", "shop/dev-secrets");
    const list = await tools.sh("pulumi api /api/esc/environments/sandbox/restore");
    assert.equal(list.code, 0, list.text);
    const { environments } = JSON.parse(list.stdout) as { environments: { deletedAt: string }[] };
    assert.equal(environments.length, 1);
    const [{ deletedAt } = { deletedAt: "" }] = environments;
    assert.equal((await tools.sh(restoreCommand("sandbox", "shop/dev-secrets", deletedAt))).code, 0);
    assert.match(await env("open", "shop/dev-secrets", "environmentVariables.KEY"), new RegExp(canary));
    assert.match(await env("version", "history", "shop/dev-secrets"), /revision 2[\s\S]*revision 1/);
    assert.match(await env("tag", "get", "shop/dev-secrets", "team"), /web/);
  });
});
