import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { startTools, type Tools } from "./real-tools.ts";

describe("clients: pulumi env, upkeep", function () {
  this.timeout(120_000);
  const canary = `canary-${randomUUID()}`;
  let tools: Tools;
  let adapter: Server;
  const env = (...args: string[]) => tools.pulumi("env", ...args);
  const refused = (...args: string[]) => tools.refused("env", ...args);
  before(async () => {
    tools = await startTools();
    let calls = 0;
    adapter = createServer((request, response) => {
      request.resume().on("end", () => {
        calls += 1;
        const good = request.url !== "/broken";
        response.writeHead(good ? 200 : 500, { "content-type": "application/json" });
        response.end(JSON.stringify({ password: `${canary}-${calls}` }));
      });
    });
    await new Promise<void>((resolve) => adapter.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}`;
    const rotated = (path: string) => `    fn::rotate::external: {inputs: {url: '${url}${path}'}}\n`;
    tools.write("db.yaml", `values:\n  db:\n${rotated("/db")}  other:\n${rotated("/broken")}`);
    await env("init", "shop/db", "--file", "db.yaml");
  });
  after(async () => {
    await tools?.close();
    adapter?.closeAllConnections();
    await new Promise((resolve) => adapter?.close(resolve));
  });

  it("rotate renews the secrets at the paths given, and tells which of all failed", async () => {
    assert.match(await env("rotate", "shop/db", "db"), /Environment 'shop\/db' rotated\.\s+New revision '3'/);
    const all = await env("rotate", "shop/db");
    assert.match(all, /rotated with errors[\s\S]*Path: .*other.*status 500/);
    assert.equal(all.includes(canary), false);
    assert.match(await refused("rotate", "shop/none"), /not found/i);
  });

  it("settings are shown and set", async () => {
    assert.match(await env("settings", "get", "shop/db"), /deletion-protected\s+false/);
    assert.match(await env("settings", "set", "shop/db", "deletion-protected", "true"), /true/);
    assert.match(await env("settings", "get", "shop/db", "deletion-protected"), /true/);
    await refused("settings", "set", "shop/db", "deletion-protected", "perhaps");
    assert.match(await refused("settings", "get", "shop/none"), /not found/i);
    await env("settings", "set", "shop/db", "deletion-protected", "false");
  });

  it("referrer list names what imports an Environment, by revision", async () => {
    await env("init", "shop/base");
    await env("version", "tag", "shop/base@first", "@1");
    await env("set", "shop/base", "n", "2");
    tools.write("imports.yaml", "imports: [shop/base, {shop/base@first: {merge: false}}]\nvalues: {}\n");
    await env("init", "shop/importer", "--file", "imports.yaml");
    tools.write("implicit.yaml", "values: {n: '${environments.shop.base.n}'}\n");
    await env("init", "shop/implicit", "--file", "implicit.yaml");
    tools.write("Pulumi.yaml", "name: shop\nruntime: yaml\n");
    const rows = async (...args: string[]) =>
      [
        ...(await env("referrer", "list", "shop/base", ...args)).matchAll(/│ (\S+) +│ (\w+) +│ (\S+) +│/g),
      ].map(([, revision, kind, referrer]) => [revision, kind, referrer]);
    const latest = [
      ["latest", "environment", "shop/implicit@2"],
      ["latest", "environment", "shop/importer@2"],
    ];
    const everything = [...latest, ["first", "environment", "shop/importer@2"]];
    const heading = ["REVISION", "KIND", "REFERRER"];
    assert.deepEqual(await rows(), [heading, ...latest]);
    assert.deepEqual(await rows("--all-revisions"), [heading, ...everything]);
    assert.deepEqual(
      await rows("--all-revisions", "--count", "1"),
      [heading, ...everything.slice(0, 1)].slice(0, 2),
    );
    assert.deepEqual(await rows("--all-revisions", "--all"), [heading, ...everything]);
    assert.match(await refused("referrer", "list", "shop/none"), /not found/i);
  });

  it("schedule keeps one schedule, which never runs", async () => {
    const created = await env("schedule", "new", "shop/db", "--cron", "0 4 * * 1");
    const id = /Created schedule (\S+)/.exec(created)?.[1] ?? "";
    assert.match(await env("schedule", "list", "shop/db"), new RegExp(`${id}.*0 4 \\* \\* 1.*never.*never`));
    assert.match(
      await refused("schedule", "new", "shop/db", "--cron", "0 5 * * *"),
      /already has a schedule/,
    );
    assert.match(
      await refused("schedule", "edit", "shop/db", id, "--cron", "* * * * *"),
      /at most once a day/,
    );
    await env("schedule", "edit", "shop/db", id, "--once", "2099-01-02T03:04:05Z");
    assert.match(await env("schedule", "get", "shop/db", id, "--utc"), /Schedule: 2099-01-02( |T)03:04:05/);
    await env("schedule", "history", "shop/db", id);
    assert.match(await env("schedule", "remove", "shop/db", id, "--yes"), /Removed schedule/);
    assert.match(await refused("schedule", "get", "shop/db", id), /not found/i);
  });

  it("provider writes a login into a definition, which is checked here and opened only by the service", async () => {
    const id = "00000000-0000-0000-0000-000000000000";
    await env("provider", "azure-login", "oidc", "shop/cloud", id, id, id, "--create");
    await env("provider", "aws-login", "oidc", "shop/cloud", "arn:aws:iam::123456789012:role/r", "session");
    assert.match(await env("get", "shop/cloud", "--definition"), /fn::open::aws-login/);
    const { text } = await tools.sh("pulumi env open shop/cloud");
    assert.match(text, /"aws-login" is not in the sandbox/);
  });

  it("what is not in the sandbox says so", async () => {
    const expected = /Not Implemented: .* is not in the sandbox/;
    assert.match(
      await refused("webhook", "new", "shop/db", "hook", "--url", "https://example.test"),
      expected,
    );
    assert.match(await refused("webhook", "get", "shop/db", "hook"), expected);
    assert.match(await refused("open-request", "shop/db"), expected);
    assert.match(await refused("edit", "shop/db", "--draft", "--file", "db.yaml"), expected);
    assert.match(await refused("open", "shop/db", "--draft=new"), expected);
    await env("webhook", "list", "shop/db");
  });
});
