import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before } from "mocha";
import { startWrangler, type Wrangler } from "./wrangler.ts";

const WORKER = `export default {
  async fetch(request, env) { return Response.json({ key: await env.KEY.get() }); },
};`;

describe("clients: wrangler and the Secrets Store", function () {
  this.timeout(180_000);
  const canary = `canary-${randomUUID()}`;
  let wrangler: Wrangler;
  let store: string;
  before(async () => {
    wrangler = await startWrangler("stored");
    wrangler.tools.write("worker.js", WORKER);
  });
  after(() => wrangler.close());

  /** The first of the ids that a command prints. */
  const idIn = (output: string) => {
    const id = /\b[0-9a-f]{32}\b/.exec(output)?.[0];
    assert.ok(id, output);
    return id;
  };

  it("store create and list", async () => {
    await wrangler.run("secrets-store store create keys --remote");
    const listed = await wrangler.run("secrets-store store list --remote");
    assert.match(listed, /keys/);
    store = idIn(listed);
    assert.match(
      await wrangler.refused("secrets-store store create more --remote"),
      /maximum_stores_exceeded \[code: 1003\]/,
    );
  });

  it("secret create, which a Worker that is bound to it reads; update reaches it without a deployment", async () => {
    // Without a terminal the value comes from standard input.
    await wrangler.run(
      `secrets-store secret create ${store} --name API_KEY --scopes workers --remote`,
      canary,
    );
    wrangler.config({
      secrets_store_secrets: [{ binding: "KEY", store_id: store, secret_name: "API_KEY" }],
    });
    await wrangler.run("deploy");
    assert.deepEqual(await wrangler.env(), { key: canary });
    const secret = idIn(
      (await wrangler.run(`secrets-store secret list ${store} --remote`)).replaceAll(store, ""),
    );
    const changed = `${canary}-2`;
    await wrangler.run(`secrets-store secret update ${store} --secret-id ${secret} --remote`, changed);
    assert.deepEqual(await wrangler.env(), { key: changed });
    const shown = await wrangler.run(`secrets-store secret get ${store} --secret-id ${secret} --remote`);
    assert.match(shown, /API_KEY/);
    await wrangler.run(`secrets-store secret delete ${store} --secret-id ${secret} --remote`);
    assert.equal(wrangler.tools.printed().includes(canary), false);
  });

  it("store delete", async () => {
    await wrangler.run(`secrets-store store delete ${store} --remote`);
    assert.doesNotMatch(await wrangler.run("secrets-store store list --remote").catch(String), /\bkeys\b/);
  });
});
