import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../helpers/temp.ts";
import { enginePath } from "../helpers/world.ts";

const WS = join(import.meta.dirname, "../../packages/worker-secrets/src/cli/ws.ts");

describe("state that is kept in a file, with the real CLI", function () {
  this.timeout(120_000);
  const folder = tempFolder();
  const root = join(folder, "project");
  const state = join(folder, "state");
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "canary",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const run = (file: string, args: readonly string[]) =>
    new Promise<{ failed: boolean; text: string }>((resolve) => {
      execFile(file, args, { cwd: root, env }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, text: stdout + stderr }),
      );
    });

  before(async () => {
    mkdirSync(root);
    mkdirSync(state);
    writeFileSync(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    const login = await run(enginePath(), ["login", `file://${state}`]);
    assert.equal(login.failed, false, login.text);
    const made = await run(enginePath(), ["stack", "init", "dev"]);
    assert.equal(made.failed, false, made.text);
  });

  it("is refused by pulumi itself before the program runs, with the reason", async () => {
    // `stack init` has written the stack's file anew.
    writeFileSync(join(root, "Pulumi.dev.yaml"), "environment:\n  - shop/dev\n");
    const { failed, text } = await run(enginePath(), ["preview", "--stack", "dev"]);
    assert.ok(failed, text);
    assert.match(text, /ESC environments require the Pulumi Cloud backend/);
  });

  for (const command of [
    ["init", "dev"],
    ["adopt", "shop", "--stack", "dev"],
    ["drift", "--stack", "dev"],
    ["teardown", "--stack", "dev"],
  ]) {
    it(`is refused by ws ${command[0]} at once, with the reason and what to do`, async () => {
      const { failed, text } = await run(process.execPath, [WS, ...command]);
      assert.ok(failed, text);
      assert.match(
        text,
        /'file:\/\/.*' is no address of a Pulumi Cloud: it keeps state outside Pulumi Cloud, and ESC needs Pulumi Cloud/,
      );
      assert.match(text, /pulumi login https:\/\/your\.pulumi\.cloud/);
      assert.ok(!/\n\s+at /.test(text), "a stack trace");
    });
  }
});
