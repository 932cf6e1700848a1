import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { runNode, runSandbox } from "../../../tests/helpers/process.ts";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { openDataFolder, UnusableFolder } from "../src/store/folder.ts";
import { table } from "../src/store/store.ts";

const notes = table<string>("notes");

describe("the sandbox's folder is its owner's alone", () => {
  const folder = tempFolder();
  const made = (name: string) => {
    const path = join(folder, name);
    const opened = openDataFolder(path);
    opened.store.put(notes, ["a"], "kept");
    opened.close();
    return path;
  };
  const refused = (path: string, says: RegExp) =>
    assert.throws(
      () => openDataFolder(path),
      (error) => error instanceof UnusableFolder && says.test(error.message),
    );
  const opens = (path: string) => {
    const opened = openDataFolder(path);
    assert.equal(opened.store.get(notes, ["a"]), "kept");
    opened.close();
  };

  it("makes the folder 0700 and every file 0600, whatever the umask", () => {
    const before = process.umask(0);
    try {
      const path = join(folder, "modes");
      const opened = openDataFolder(path);
      opened.store.put(notes, ["a"], "kept");
      assert.equal(statSync(path).mode & 0o777, 0o700);
      const files = readdirSync(path).sort();
      assert.deepEqual(files, [
        "key",
        "sandbox.lock",
        "sandbox.pid",
        "sandbox.sqlite",
        "sandbox.sqlite-shm",
        "sandbox.sqlite-wal",
      ]);
      for (const file of files) assert.equal(statSync(join(path, file)).mode & 0o777, 0o600, file);
      opened.close();
    } finally {
      process.umask(before);
    }
  });

  for (const mode of [0o750, 0o705, 0o701, 0o777]) {
    it(`refuses a folder of mode ${mode.toString(8)}, and says how to mend it`, () => {
      const path = made(`folder-${mode}`);
      chmodSync(path, mode);
      refused(path, new RegExp(`open to other users \\(mode ${mode.toString(8)}\\).*chmod 700`));
      chmodSync(path, 0o700);
      opens(path);
    });
  }

  it("refuses somebody's folder that others may read, and does not tell to close it", () => {
    const path = join(folder, "shared");
    mkdirSync(path, { mode: 0o755 });
    chmodSync(path, 0o755);
    refused(path, /Choose a folder of its own with --data DIR/);
    assert.deepEqual(readdirSync(path), []);
  });

  for (const mode of [0o640, 0o604, 0o666]) {
    it(`refuses a key file of mode ${mode.toString(8)}, and says how to mend it`, () => {
      const path = made(`key-${mode}`);
      chmodSync(join(path, "key"), mode);
      refused(path, new RegExp(`key file .* open to other users \\(mode ${mode.toString(8)}\\).*chmod 600`));
      chmodSync(join(path, "key"), 0o600);
      opens(path);
    });
  }

  it("refuses a key file that is damaged or gone, and leaves everything as it is", () => {
    const path = made("key-gone");
    const key = readFileSync(join(path, "key"));
    writeFileSync(join(path, "key"), "abc\n", { mode: 0o600 });
    refused(path, /is damaged.*restore it/);
    rmSync(join(path, "key"));
    refused(path, /is gone, but its database is there/);
    assert.ok(!readdirSync(path).includes("key"), "another key was made");
    writeFileSync(join(path, "key"), key, { mode: 0o600 });
    opens(path);
  });

  it("says that it is for sample values, before and while it runs", async () => {
    assert.match(
      (await runNode(["packages/sandbox/src/main.ts", "--help"]).ended).stdout,
      /for sample values/,
    );
    const running = runNode(["packages/sandbox/src/main.ts", "--port", "0", "--data", join(folder, "says")]);
    await new Promise((resolve) => running.child.stdout?.once("data", resolve));
    running.child.kill("SIGTERM");
    assert.match((await running.ended).stdout, /sample values only/);
  });

  it("listens on the loopback address alone, with both of its ports", async function () {
    const outside = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
    if (outside === undefined) {
      console.log("      skipped: this machine has no address but its loopback one");
      return this.skip();
    }
    const sandbox = await runSandbox(join(folder, "loopback"));
    const { pulumi, workers } = sandbox.description;
    for (const { port } of [new URL(pulumi.url), new URL(workers.url)]) {
      assert.equal(typeof (await fetch(`http://127.0.0.1:${port}/`)).status, "number");
      await assert.rejects(fetch(`http://${outside}:${port}/`), (error) =>
        String(error instanceof Error && error.cause).includes("ECONNREFUSED"),
      );
    }
    sandbox.child.kill("SIGTERM");
    await sandbox.ended;
  });
});
