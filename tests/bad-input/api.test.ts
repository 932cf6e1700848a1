import assert from "node:assert/strict";
import { openWorld, type World } from "../helpers/world.ts";
import { type ApiRow, cloudflareRows, pulumiRows } from "./api-rows.ts";

describe("bad input through the sandbox's APIs", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await world.client.createEnvironment("kept/one");
    await world.client.updateEnvironment("kept/one", "values:\n  kept: true\n");
  });
  after(() => world?.close());

  const check = (
    half: string,
    rows: readonly ApiRow[],
    codeOf: (body: Record<string, unknown>) => unknown,
  ) => {
    for (const { title, send, status, code, says } of rows) {
      it(`${half}: ${title}`, async () => {
        const before = await everything(world);
        const response = await send(world);
        const text = await response.text();
        assert.equal(response.status, status, text);
        assert.match(response.headers.get("content-type") ?? "", /application\/json/);
        assert.equal(codeOf(JSON.parse(text) as Record<string, unknown>), code, text);
        assert.match(text, says);
        assert.doesNotMatch(
          text,
          /canary|node_modules|\.ts:\d+/,
          "a secret value or something of the inside",
        );
        assert.deepEqual(await everything(world), before, "something changed");
      });
    }
  };
  check("Cloudflare", cloudflareRows, ({ errors }) => (Array.isArray(errors) ? errors[0]?.code : undefined));
  check("Pulumi Cloud", pulumiRows, ({ code }) => code);
});

async function everything({ sandbox, client }: World): Promise<unknown> {
  const { url, token, accountId } = sandbox.description.cloudflare;
  const scripts = await fetch(`${url}/accounts/${accountId}/workers/scripts`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { pulumi } = sandbox.description;
  const list = await fetch(`${pulumi.url}/api/esc/environments/${pulumi.organization}`, {
    headers: { authorization: `token ${pulumi.token}` },
  });
  return {
    scripts: await scripts.json(),
    kept: await client.environment("kept/one"),
    environments: await list.json(),
  };
}
