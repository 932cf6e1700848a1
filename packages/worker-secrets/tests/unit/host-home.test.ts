import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkPlugins, makeHostHome } from "../../src/cli/engine/host-home.ts";

describe("the engine's home of a command", () => {
  const { TMPDIR } = process.env;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "host-home-"));
    process.env.TMPDIR = folder;
  });
  after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(folder, { recursive: true, force: true });
  });

  /** A home as a command leaves it that is killed; `seconds` ago. */
  const left = (name: string, seconds: number) => {
    const home = join(folder, name);
    mkdirSync(join(home, ".pulumi"), { recursive: true });
    writeFileSync(join(home, ".pulumi", "credentials.json"), "{}");
    const then = Date.now() / 1000 - seconds;
    utimesSync(home, then, then);
    return home;
  };

  it("is this user's alone, and the next command removes it when its own was killed", async () => {
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    const killed = left(`worker-secrets-host-${dead}-abcdef`, 120);
    const kept = [
      // Its engine may still be at work.
      left(`worker-secrets-host-${dead}-ghijkl`, 5),
      left(`worker-secrets-host-${process.pid}-abcdef`, 120),
      left(`worker-secrets-tour-${dead}-abcdef`, 120),
      left("worker-secrets-host-", 120),
    ];
    const home = await makeHostHome();
    assert.equal(statSync(home).mode & 0o777, 0o700);
    assert.ok(home.startsWith(join(folder, `worker-secrets-host-${process.pid}-`)), home);
    assert.equal(existsSync(killed), false);
    for (const path of kept) assert.ok(existsSync(join(path, ".pulumi", "credentials.json")), path);
  });

  it("shares the user's plugins and policy packs alone, which stay when the next command removes it", async () => {
    const users = join(folder, "users");
    mkdirSync(join(users, "plugins", "resource-x-v1.0.0"), { recursive: true });
    writeFileSync(join(users, "credentials.json"), "{}");
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    const home = left(`worker-secrets-host-${dead}-linked`, 0);
    await linkPlugins(join(home, ".pulumi"), users);
    assert.ok(existsSync(join(home, ".pulumi", "plugins", "resource-x-v1.0.0")));
    // What the engine downloads is there for the next command.
    mkdirSync(join(home, ".pulumi", "policies", "acme"));
    const then = Date.now() / 1000 - 120;
    utimesSync(home, then, then);
    rmSync(await makeHostHome(), { recursive: true });
    assert.equal(existsSync(home), false);
    assert.ok(existsSync(join(users, "plugins", "resource-x-v1.0.0")));
    assert.ok(existsSync(join(users, "policies", "acme")));
    assert.deepEqual(readdirSync(users).sort(), ["credentials.json", "plugins", "policies"]);
  });
});
