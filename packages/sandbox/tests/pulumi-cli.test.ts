import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { after, before, describe, it } from "mocha";
import { identity, type Service, startService } from "./pulumi-harness.ts";

const engine = process.env.WORKER_SECRETS_ENGINE;

/** The real CLI and engine against the half: `npm test` names the engine. */
describe("sandbox, Pulumi half: the real CLI", function () {
  this.timeout(120_000);
  const canary = `canary-${randomUUID()}`;
  let service: Service;
  let folder: string;
  let env: Record<string, string>;
  before(async function () {
    if (engine === undefined) return this.skip();
    service = await startService();
    folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
    mkdirSync(join(folder, "project"));
    writeFileSync(join(folder, "project", "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    env = {
      PATH: `${dirname(engine)}:${process.env.PATH ?? ""}`,
      HOME: folder,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: service.url,
      PULUMI_ACCESS_TOKEN: identity.token,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  });
  after(async () => {
    await service?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) =>
    new Promise<{ code: number | null; output: string }>((resolve, reject) => {
      const child = spawn(engine ?? "", args, {
        cwd: join(folder, "project"),
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          output += chunk;
        });
      }
      child.on("error", reject).on("close", (code) => resolve({ code, output }));
    });
  const good = async (...args: string[]) => {
    const { code, output } = await run(...args);
    assert.equal(code, 0, `pulumi ${args.join(" ")}\n${output}`);
    return output;
  };

  it("logs in and manages stacks", async () => {
    assert.match(await good("login"), /as ann/);
    await good("stack", "init", "dev");
    assert.match((await run("stack", "init", "dev")).output, /already exists/);
    assert.match(await good("stack", "ls"), /dev\*/);
    await good("stack", "select", "dev");
    await good("config", "set", "--secret", "key", canary);
    await good("stack", "rename", "renamed");
    assert.match(await good("config", "get", "key"), new RegExp(canary));
    await good("stack", "export", "--file", "state.json");
    await good("stack", "import", "--file", "state.json");
    assert.match(await good("stack", "history"), /import/);
    await good("stack", "rm", "--yes");
    assert.doesNotMatch(await good("stack", "ls"), /renamed/);
  });

  it("manages Environments", async () => {
    await good("env", "init", "shop/base");
    await good("env", "set", "shop/base", "environmentVariables.PLAIN", "visible");
    await good("env", "set", "--secret", "shop/base", "environmentVariables.KEY", canary);
    assert.doesNotMatch(await good("env", "get", "shop/base"), new RegExp(canary));
    assert.match(await good("env", "get", "shop/base", "environmentVariables.PLAIN"), /visible/);
    assert.match(await good("env", "open", "shop/base", "environmentVariables.KEY"), new RegExp(canary));
    const script = 'echo "$PLAIN, $KEY"';
    assert.match(await good("env", "run", "shop/base", "--", "sh", "-c", script), /visible, \[secret\]/);
    assert.match(
      await good("env", "run", "-i", "shop/base", "--", "sh", "-c", script),
      new RegExp(`visible, ${canary}`),
    );
    assert.match(await good("env", "version", "history", "shop/base"), /revision 3 \(tag: latest\)/);
    await good("env", "version", "tag", "shop/base@first", "2");
    assert.doesNotMatch(await good("env", "open", "shop/base@first"), /KEY/);
    // The CLI prints the diagnostics and still exits with 0.
    const wrong = await run("env", "set", "shop/base", "broken", "${nope}");
    assert.match(wrong.output, /unknown property "nope"/);
    assert.match(await good("env", "ls"), /acme\/shop\/base/);
    await good("env", "clone", "shop/base", "shop/copy");
    await good("env", "rm", "--yes", "shop/copy");
    assert.doesNotMatch(await good("env", "ls"), /copy/);
  });

  describe("updates", () => {
    let stack: Stack;
    /** Resolves when the program is reached, and holds it there while `held` is not resolved. */
    let reached = () => {};
    let held = Promise.resolve();

    const program = async () => {
      reached();
      await held;
      const config = new pulumi.Config("shop");
      new pulumi.ComponentResource("shop:index:Thing", "thing");
      const stash = new pulumi.Stash("stash", { input: config.requireSecret("key") });
      return { key: stash.output, plain: config.require("plain") };
    };
    before(async () => {
      writeFileSync(
        join(folder, "project", "definition.yaml"),
        "imports: [shop/base]\nvalues:\n  pulumiConfig:\n    shop:key: ${environmentVariables.KEY}\n    shop:plain: ${environmentVariables.PLAIN}\n",
      );
      await good("env", "init", "shop/dev", "--file", "definition.yaml");
      // The Automation API takes an engine by the folder above its `bin`.
      mkdirSync(join(folder, "engine", "bin"), { recursive: true });
      symlinkSync(engine ?? "", join(folder, "engine", "bin", "pulumi"));
      const command = await PulumiCommand.get({ root: join(folder, "engine"), skipVersionCheck: true });
      const workDir = join(folder, "auto");
      mkdirSync(workDir);
      stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "acme/shop/auto", projectName: "shop", program },
        { workDir, envVars: env, pulumiCommand: command },
      );
      await stack.addEnvironments("shop/dev");
    });

    it("go up once, and then find nothing to do", async () => {
      const up = await stack.up();
      assert.deepEqual(up.summary.resourceChanges, { create: 3 });
      assert.deepEqual(up.outputs.key, { value: canary, secret: true });
      assert.equal(up.outputs.plain?.value, "visible");
      const preview = await stack.preview({ expectNoChanges: true });
      assert.deepEqual(preview.changeSummary, { same: 3 });
      assert.equal((await stack.refresh()).summary.result, "succeeded");
      assert.deepEqual(
        (await stack.history()).map(({ kind }) => kind),
        ["refresh", "update"],
      );
    });

    it("keep a second one out, until cancelled", async () => {
      const entered = new Promise<void>((resolve) => {
        reached = resolve;
      });
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      const running = stack.up();
      running.catch(() => {});
      await entered;
      const second = await run("destroy", "--yes", "--skip-preview", "--stack", "acme/shop/auto");
      assert.notEqual(second.code, 0);
      assert.match(second.output, /already in progress|another update is currently in progress/i);
      assert.match(await good("cancel", "--yes", "--stack", "acme/shop/auto"), /has been canceled/);
      release();
      reached = () => {};
      held = Promise.resolve();
      await assert.rejects(running);
      assert.equal((await stack.up()).summary.result, "succeeded");
    });

    it("leave nothing behind when destroyed, and no secret in clear at any time", async () => {
      assert.equal(service.bytesOnDisk().includes(canary), false);
      assert.equal((await stack.destroy()).summary.result, "succeeded");
      await stack.workspace.removeStack("acme/shop/auto");
      assert.doesNotMatch(await good("stack", "ls", "--all"), /auto/);
      assert.equal(service.bytesOnDisk().includes(canary), false);
    });
  });
});
