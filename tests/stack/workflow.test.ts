import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../helpers/fixture.ts";
import { openWorld, type World } from "../helpers/world.ts";

const CODE = `
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Greeting extends WorkflowEntrypoint {
  async run({ payload }, step) {
    const length = await step.do("measure", async () => this.env.API_KEY.length);
    return "hello " + payload.name + ", " + length;
  }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    try {
      if (request.method === "POST") {
        const { id } = await env.GREETING.create({ id: pathname.slice(1), params: { name: "Ada" } });
        return new Response(id);
      }
      return Response.json(await (await env.GREETING.get(pathname.slice(1))).status());
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};`;

describe("a Worker with a Workflow, from nothing", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  const open = (workflows: readonly object[]) =>
    world.stack({
      project: "flow",
      secrets: { API_KEY: "canary-key" },
      worker: {
        name: "flow",
        main: "index.js",
        compatibility_date: "2026-10-01",
        secrets: { required: ["API_KEY"] },
        workflows,
      },
      code: CODE,
    });
  const greeting = { binding: "GREETING", name: "greeting", class_name: "Greeting" };
  const registered = async () => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const answer = await fetch(`${url}/accounts/${accountId}/workflows`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await answer.json()) as { result: { name: string; script_name: string }[] }).result;
  };
  const send = (method: string, id: string) =>
    ask(world.sandbox.description.workers.url, "flow-dev", { method, path: `/${id}` });

  it("registers it, runs an instance to its end, and takes it away with the instance", async () => {
    const host = await open([greeting]);
    await host.up();
    const { changes, text } = await host.preview();
    assert.deepEqual(Object.keys(changes), ["same"], text);
    // The stand-ins in this process take their token from its variables.
    process.env.CLOUDFLARE_API_TOKEN = world.sandbox.description.cloudflare.token;
    try {
      await host.automation.refresh({ expectNoChanges: true });
    } finally {
      delete process.env.CLOUDFLARE_API_TOKEN;
    }
    assert.deepEqual(
      (await registered()).map(({ name, script_name }) => [name, script_name]),
      [["greeting", "flow-dev"]],
    );

    assert.equal((await send("POST", "one")).body, "one");
    let status = JSON.parse((await send("GET", "one")).body);
    while (status.status === "running" || status.status === "queued") {
      await sleep(50);
      status = JSON.parse((await send("GET", "one")).body);
    }
    assert.deepEqual([status.status, status.output], ["complete", "hello Ada, 10"]);
    assert.match((await send("GET", "two")).body, /not_found/);

    const data = join(world.folder, "data/workers");
    const instances = () =>
      readdirSync(data, { recursive: true }).filter((path) => /greeting/.test(String(path)));
    assert.notDeepEqual(instances(), [], "the instance is kept nowhere");
    await host.destroy();
    assert.deepEqual(await registered(), []);
    assert.deepEqual(instances(), [], "the instance is left");
  });
});
