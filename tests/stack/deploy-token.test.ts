import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { setVariables } from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

describe("the deploy token", () => {
  let world: World;
  let host: HostedStack;
  const project = "token";
  before(async () => {
    world = await openWorld();
    host = await world.stack({ project, installed: true });
    await host.up();
  });
  after(() => world?.close());

  const store = (value: string) =>
    setVariables(world.client, `${project}/dev-cloudflare`, [
      { name: "CLOUDFLARE_API_TOKEN", value, secret: true },
    ]);

  /** The CLI as a person runs it, with no Cloudflare token in its own environment. */
  const pulumi = (...args: string[]): Promise<{ code: number | null; text: string }> => {
    const { workDir, envVars } = host.automation.workspace;
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clean } = process.env;
    const child = spawn(enginePath(), [...args, "--stack", host.automation.name, "--non-interactive"], {
      cwd: workDir,
      env: { ...clean, ...envVars },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
    }
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, text }));
    });
  };

  it("reaches the plugin out of ESC, with the CLI alone", async () => {
    const { code, text } = await pulumi("refresh", "--yes", "--expect-no-changes");
    assert.equal(code, 0, text);
  });

  it("is the one that ESC holds now, not one that a state remembers", async () => {
    await store(world.sandbox.createCloudflareToken({ expiresOn: "2026-01-01T00:00:00Z" }));
    const expired = await pulumi("refresh", "--yes");
    assert.notEqual(expired.code, 0);
    assert.match(expired.text, /401|Authentication error/);
    const rotated = world.sandbox.createCloudflareToken({});
    await store(rotated);
    const { code, text } = await pulumi("refresh", "--yes", "--expect-no-changes");
    assert.equal(code, 0, text);
    assert.ok(!text.includes(rotated));
    assert.ok(!JSON.stringify(await world.client.exportStack(project, "dev")).includes(rotated));
  });

  it("goes to no command's engine while an import sets a variable that changes who is asked", async () => {
    const name = `${project}/dev`;
    const before = (await world.client.environment(name))?.yaml ?? assert.fail();
    await world.client.createEnvironment("team/proxies");
    await world.client.updateEnvironment(
      "team/proxies",
      "values: { environmentVariables: { CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1', NODE_OPTIONS: x } }\n",
    );
    await world.client.updateEnvironment(name, before.replace("imports:", "imports:\n  - team/proxies"));
    world.sandbox.injectFaults({ rules: [{ fault: { kind: "500" }, path: "/client/v4/**" }] });
    try {
      await assert.rejects(host.up(), (error: Error) =>
        /CLOUDFLARE_BASE_URL: it names another host[\s\S]*NODE_OPTIONS: it makes a runtime/.test(
          error.message,
        ),
      );
      assert.deepEqual(world.sandbox.faultsMet(), []);
    } finally {
      world.sandbox.injectFaults(undefined);
      await world.client.updateEnvironment(name, before);
    }
  });

  it("destroys with the CLI alone", async () => {
    const { code, text } = await pulumi("destroy", "--yes");
    assert.equal(code, 0, text);
  });
});
