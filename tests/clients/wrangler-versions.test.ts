import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before } from "mocha";
import { startWrangler, versionIn, type Wrangler } from "./wrangler.ts";

describe("clients: wrangler's versions", function () {
  this.timeout(240_000);
  const canary = `canary-${randomUUID()}`;
  let wrangler: Wrangler;
  let first: string;
  before(async () => {
    wrangler = await startWrangler("versioned");
    wrangler.config({ vars: { V: "1" } });
  });
  after(() => wrangler.close());

  it("versions upload needs a Worker; versions secret needs a version (10222)", async () => {
    assert.match(await wrangler.refused("versions upload"), /does not yet exist/);
    const { url, token, accountId } = wrangler.tools.sandbox.description.cloudflare;
    await fetch(`${url}/accounts/${accountId}/workers/workers`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ name: "versioned" }),
    });
    assert.match(await wrangler.refused("versions secret put S", "x"), /no uploaded versions|versions/i);
  });

  it("versions upload changes nothing that answers; list and view show it", async () => {
    await wrangler.run("deploy");
    first = versionIn(await wrangler.run("deploy"));
    await wrangler.run("secret put S", canary);
    wrangler.config({ vars: { V: "2" } });
    const second = versionIn(await wrangler.run("versions upload --message hello --tag t1"));
    assert.deepEqual(await wrangler.env(), { V: "1", S: canary });
    const list = await wrangler.run("versions list");
    assert.match(list, new RegExp(second));
    assert.match(list, /hello/);
    const view = await wrangler.run(`versions view ${second}`);
    for (const text of [/fetch/, /2026-11-01/, /Secret Name:\s+S|\bS\b/, /V: "2"|V.*2/s])
      assert.match(view, text);
  });

  it("secret put and bulk are refused meanwhile, with a hint (10215, 10214)", async () => {
    for (const [line, input] of [
      ["secret put T", "x"],
      ["secret bulk", JSON.stringify({ T: "x" })],
    ] as const) {
      assert.match(
        await wrangler.refused(line, input),
        /latest version of your Worker isn't currently deployed/,
      );
    }
  });

  it("versions secret put, bulk, delete and list work on the newest version", async () => {
    await wrangler.run("versions secret put T", "t-value");
    await wrangler.run("versions secret bulk", JSON.stringify({ U: "u-value", X: "x-value" }));
    await wrangler.run("versions secret delete X");
    const id = versionIn(await wrangler.run("versions secret put W", "w-value").then(newest));
    assert.deepEqual(await wrangler.env(), { V: "1", S: canary });
    await wrangler.run(`versions deploy ${id}@100 --yes`);
    assert.deepEqual(await wrangler.env(), { V: "2", S: canary, T: "t-value", U: "u-value", W: "w-value" });
    const listed = await wrangler.run("versions secret list");
    for (const name of ["S", "T", "U", "W"]) assert.match(listed, new RegExp(`Secret Name: ${name}\\b`));
    assert.doesNotMatch(listed, /Secret Name: X\b/);
  });

  /** The commands name the new version; every one of them as it likes. */
  const newest = (output: string) => {
    const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(output)?.[0];
    return `Version ID: ${id ?? output}`;
  };

  it("versions deploy splits the traffic", async () => {
    wrangler.config({ vars: { V: "3" } });
    const third = versionIn(await wrangler.run("versions upload"));
    const status = await wrangler.run("deployments status");
    const current = /\(100%\) ([0-9a-f-]{36})/.exec(status)?.[1];
    await wrangler.run(`versions deploy ${current}@50 ${third}@50 --yes`);
    const seen = new Set<unknown>();
    for (let asked = 0; asked < 60 && seen.size < 2; asked++)
      seen.add(((await wrangler.env()) as { V: string }).V);
    assert.deepEqual([...seen].sort(), ["2", "3"]);
    await wrangler.run(`versions deploy ${third}@100 --yes --message all`);
    assert.deepEqual(((await wrangler.env()) as { V: string }).V, "3");
  });

  it("rollback goes back to the version before", async () => {
    wrangler.config({ vars: { V: "4" } });
    await wrangler.run("deploy");
    assert.equal(((await wrangler.env()) as { V: string }).V, "4");
    await wrangler.run("rollback --yes --message back");
    assert.equal(((await wrangler.env()) as { V: string }).V, "3");
  });

  it("rollback to other secrets lists them and asks first (10220)", async () => {
    const output = await wrangler.run(`rollback ${first} --yes --message back`);
    assert.match(output, /The following secrets have changed since version/);
    for (const name of ["S", "T", "U", "W"]) assert.match(output, new RegExp(`\\* ${name}\\b`));
    assert.deepEqual(await wrangler.env(), { V: "1" });
  });

  it("no command printed a secret's value", () => {
    for (const value of [canary, "t-value", "u-value"]) {
      assert.equal(wrangler.tools.printed().includes(value), false);
    }
  });
});
