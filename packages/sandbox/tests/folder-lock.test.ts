import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../../../tests/helpers/process.ts";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { openDataFolder, UnusableFolder } from "../src/store/folder.ts";

/** A process of its own that opens the folder, keeps nothing of it in memory, says so, and stays. */
const HOLDER = `import { openDataFolder } from "./packages/sandbox/src/store/folder.ts";
openDataFolder(process.argv[1]); gc(); await new Promise(setImmediate); gc(); console.log("open"); setInterval(() => {}, 1000);`;

describe("the lock on a data folder", () => {
  const root = tempFolder();

  it("ends with its holder, also by kill -9, and names the holder until then", async () => {
    const folder = join(root, "held");
    const { child, ended } = runNode(["--expose-gc", "--input-type=module", "-e", HOLDER, folder]);
    const started = await Promise.race([once(child.stdout ?? child, "data"), ended]);
    assert.ok(Array.isArray(started), JSON.stringify(started));
    try {
      assert.throws(
        () => openDataFolder(folder),
        (error) => error instanceof UnusableFolder && error.message.includes(`(process ${child.pid})`),
      );
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
    openDataFolder(folder).close();
    assert.equal(existsSync(join(folder, "sandbox.pid")), false);
  });

  it("is not fooled by a process id that somebody else has by now", () => {
    const folder = join(root, "reused");
    openDataFolder(folder).close();
    // The parent lives, and is no sandbox.
    writeFileSync(join(folder, "sandbox.pid"), `${process.ppid}\n`);
    const opened = openDataFolder(folder);
    assert.equal(readFileSync(join(folder, "sandbox.pid"), "utf8"), `${process.pid}\n`);
    opened.close();
  });

  it("holds within one process too, and its file is the owner's alone", () => {
    const folder = join(root, "twice");
    const opened = openDataFolder(folder);
    assert.throws(() => openDataFolder(folder), UnusableFolder);
    assert.equal(statSync(join(folder, "sandbox.lock")).mode & 0o777, 0o600);
    opened.close();
    openDataFolder(folder).close();
  });
});
