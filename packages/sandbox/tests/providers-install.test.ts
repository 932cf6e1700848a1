import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installStandIns } from "../src/providers/index.ts";
import { Harness, result } from "./providers-harness.ts";
import { SUBDOMAIN, WORKER } from "./providers-workers-script-fixtures.ts";

describe("stand-ins as plugins that the engine starts", () => {
  const harness = new Harness();
  const { recorder } = harness;
  let home: string;
  const running: ChildProcess[] = [];

  before(async () => {
    await harness.start();
    home = await mkdtemp(join(tmpdir(), "stand-ins-"));
  });

  after(async () => {
    await harness.close();
    for (const child of running) child.kill();
    await rm(home, { recursive: true });
  });

  it("are put where the engine keeps its plugins, and only once", async () => {
    const { env, installed } = await installStandIns(home);
    assert.deepEqual(env, { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });
    assert.deepEqual(installed, [
      join(home, "plugins/resource-cloudflare-v6.22.1"),
      join(home, "plugins/resource-pulumiservice-v1.3.0"),
    ]);
    const file = join(home, "plugins/resource-cloudflare-v6.22.1/pulumi-resource-cloudflare");
    assert.equal((await stat(file)).mode & 0o111, 0o111);
    assert.deepEqual((await installStandIns(home)).installed, []);
  });

  it("print their port, work with the environment they are started with, and end with the engine", async () => {
    const file = join(home, "plugins/resource-cloudflare-v6.22.1/pulumi-resource-cloudflare");
    const child = spawn(file, ["127.0.0.1:1"], {
      env: { PATH: process.env.PATH, ...harness.environment, CLOUDFLARE_API_TOKEN: "from-esc" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    running.push(child);
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    const provider = harness.open(() => `127.0.0.1:${Number(port)}`);
    await provider.configure();
    recorder.reset({ [`POST ${WORKER}/subdomain`]: result({ enabled: true, previews_enabled: true }) });
    await provider.create(SUBDOMAIN, { accountId: "acc", scriptName: "w", enabled: true });
    assert.equal(recorder.last().headers.authorization, "Bearer from-esc");
    child.stdin.end();
    const [exitCode] = (await once(child, "exit")) as [number];
    assert.equal(exitCode, 0);
  });
});
