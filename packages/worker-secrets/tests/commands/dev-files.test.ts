import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { shadowingFiles } from "../../src/cli/commands/dev/local-files.ts";
import { writeDevVars } from "../../src/cli/commands/dev/write.ts";
import { FaultsError } from "../../src/faults.ts";

describe("ws dev: what stands in the place of a file", () => {
  const folder = tempFolder();
  const file = join(folder, ".dev.vars");
  const values = new Map([["API_KEY", "canary-dev-files"]]);
  const how = { shownAs: "worker/.dev.vars", source: "p/dev-secrets", force: true };
  const write = () => writeDevVars(file, values, { ...how, signal: new AbortController().signal });
  const shadowing = async () => {
    const place = { directory: folder, root: folder, environment: undefined };
    return (await shadowingFiles(place, values)).map(({ where, what }) => `${where}: ${what}`);
  };
  afterEach(() => {
    for (const name of [".dev.vars", ".env", "elsewhere"])
      rmSync(join(folder, name), { recursive: true, force: true });
  });

  // Each is refused at once: a pipe that was opened would keep this process from ever ending.
  for (const [kind, make] of [
    ["a folder", () => mkdirSync(file)],
    ["a named pipe", () => execFileSync("mkfifo", [file])],
    ["a link that leads to nothing", () => symlinkSync("nowhere", file)],
  ] as const) {
    it(`--write refuses ${kind}`, async () => {
      make();
      await assert.rejects(write(), (error: unknown) => {
        assert.ok(error instanceof FaultsError);
        assert.deepEqual(error.faults, [
          {
            where: "worker/.dev.vars",
            what: `it is ${kind}, and no plain file: what is there would be lost, or can't be written over`,
            fix: "Move it away (a tool such as 1Password may have put it there). Or run without a file: ws dev",
          },
        ]);
        return true;
      });
    });
  }

  it("--write takes a link to a plain file", async () => {
    writeFileSync(join(folder, "elsewhere"), "");
    symlinkSync("elsewhere", file);
    assert.equal((await write()).result, "written");
  });

  it("a pipe or a folder is refused without being read, where wrangler would read it", async () => {
    const rest = "wrangler would read it, and whether its values would win can't be told";
    execFileSync("mkfifo", [join(folder, ".env")]);
    mkdirSync(file);
    assert.deepEqual(await shadowing(), [
      `.dev.vars: it is a folder, and no plain file: ${rest}`,
      `.env: it is a named pipe, and no plain file: ${rest}`,
    ]);
    for (const name of [".dev.vars", ".env"]) rmSync(join(folder, name), { recursive: true });
    symlinkSync("nowhere", file);
    mkdirSync(join(folder, ".env"));
    assert.deepEqual(await shadowing(), []);
  });
});
