import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { wsProject } from "../../packages/worker-secrets/tests/commands/stack-project.ts";
import { openWorld, type World } from "../helpers/world.ts";
import { canary } from "../leak/marker.ts";
import { linkPackages } from "./packages.ts";
import { writeProject } from "./project.ts";
import { sites } from "./sites.ts";

describe("ws dev with the Vite plugin's server", function () {
  this.timeout(300_000);
  let world: World | undefined;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  for (const required of [true, false])
    it(`gives the Worker its secrets, ${required ? "declared in secrets.required" : "optional ones"}`, async () => {
      assert.ok(world);
      const [name, value] = [`vite-dev-${required}`, canary()];
      const sample = sites.find((one) => one.name === "vite-react");
      assert.ok(sample);
      const root = join(world.folder, name);
      const directory = writeProject(root, {
        ...sample,
        name: "shop",
        config: {
          ...(typeof sample.config === "string" ? {} : sample.config),
          ...(required ? { secrets: { required: ["API_KEY"] } } : {}),
        },
        files: {
          ...sample.files,
          "worker/index.ts":
            "export default { fetch: (request: Request, env: object) => Response.json(env) };",
        },
      });
      await linkPackages(directory);
      const project = await wsProject(world, {
        project: name,
        secrets: { API_KEY: value },
        config: { workers: [{ directory, optionalSecrets: required ? [] : ["API_KEY"] }] },
      });
      const port = await freePort();
      const running = project.start(
        "dev",
        "--",
        "vite",
        "dev",
        "--port",
        String(port),
        "--host",
        "127.0.0.1",
      );
      let over = false;
      void running.ended.then(() => {
        over = true;
      });
      try {
        let answer: Response | undefined;
        while (answer?.ok !== true && !over) {
          answer = await fetch(`http://127.0.0.1:${port}/api/env`).catch(() => undefined);
          await sleep(200);
        }
        assert.ok(answer?.ok, over ? JSON.stringify(await running.ended) : "no answer");
        const env = (await answer.json()) as Record<string, string>;
        assert.equal(env.API_KEY, value);
        // Without secrets.required, wrangler has no way to pass some variables of its environment and leave out others.
        if (required) assert.deepEqual(Object.keys(env), ["API_KEY"]);
        assert.ok(!JSON.stringify(env).includes(world.sandbox.description.pulumi.token), "it has the login");
      } finally {
        running.child.kill("SIGINT");
      }
      const { stdout, stderr } = await running.ended;
      assert.ok(!(stdout + stderr).includes(value), "it printed a value");
    });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
