import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Registry, startRegistry } from "../helpers/registry.ts";
import { tempFolder } from "../helpers/temp.ts";

const exec = promisify(execFile);

describe("the registry of the tests", function () {
  this.timeout(120_000); // the first one on a machine installs Verdaccio
  const folder = tempFolder();
  let registry: Registry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry?.close());

  const npm = async (...args: string[]) => {
    const env = { ...process.env, ...registry.env };
    return (await exec("npm", args, { cwd: folder, env, shell: process.platform === "win32" })).stdout.trim();
  };
  const publish = async (version: string) => {
    const at = join(folder, version);
    mkdirSync(at);
    const manifest = { name: "worker-secrets", version, license: "Apache-2.0" };
    writeFileSync(join(at, "package.json"), JSON.stringify(manifest));
    await registry.publish(at);
  };

  it("knows of our packages only what was published to it", async () => {
    await assert.rejects(npm("view", "worker-secrets", "version"), /E404/);
    await publish("0.0.1");
    assert.equal(await npm("view", "worker-secrets", "version"), "0.0.1");
    await publish("0.0.2");
    assert.equal(await npm("view", "worker-secrets", "version"), "0.0.2");
    for (const name of ["@worker-secrets/esc", "create-worker-secrets"])
      await assert.rejects(npm("view", name, "version"), /E404/);
  });

  it("has everybody else's", async () => {
    await npm("install", "worker-secrets@0.0.1", "ms@2.1.3");
    const installed = (name: string) =>
      JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
    assert.deepEqual([installed("worker-secrets"), installed("ms")], ["0.0.1", "2.1.3"]);
  });

  it("leaves no process and no folder", async () => {
    const other = await startRegistry();
    await other.close();
    await assert.rejects(fetch(other.url));
    assert.equal(existsSync(other.env.npm_config_userconfig ?? ""), false);
  });
});
