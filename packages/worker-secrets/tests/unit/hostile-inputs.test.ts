import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { readDevVars } from "../../src/cli/project/values/dev-vars.ts";
import type { Fault } from "../../src/faults.ts";

describe("hostile inputs", () => {
  const folder = tempFolder();
  const path = (name: string) => join(folder, name);
  const made = (name: string, make: (file: string) => unknown) => () => {
    make(path(name));
    return path(name);
  };
  const inputs: Readonly<Record<string, () => string>> = {
    "an endless device": () => "/dev/zero",
    "a link to one": made("link", (file) => symlinkSync("/dev/zero", file)),
    "a named pipe": made("fifo", (file) => execFileSync("mkfifo", [file])),
    "a folder": made("folder", (file) => mkdirSync(file)),
    "a file without end": made("long", (file) => writeFileSync(file, Buffer.alloc(5 * 1024 * 1024, "A"))),
    "no text": made("binary", (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0]))),
    "a value instead of a name": () => "canary/value=with=equals",
  };
  for (const [name, make] of Object.entries(inputs))
    it(`are refused at once and not repeated: ${name}`, () => {
      const faults: Fault[] = [];
      const spec = make();
      const started = performance.now();
      const known = { names: new Set(["A"]), workers: new Set(["api"]) } as unknown as Parameters<
        typeof readDevVars
      >[1];
      assert.deepEqual(readDevVars(spec, known, faults), []);
      assert.equal(faults.length, 1);
      assert.ok(!JSON.stringify(faults).includes(spec));
      assert.ok(performance.now() - started < 5000);
    });

  it("a policy pack on an old Node says one line", () => {
    const old = path("old.cjs");
    writeFileSync(
      old,
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.4" } });\n',
    );
    const pack = resolve("packages/worker-secrets/src/policy/index.cjs");
    const { status, stderr } = spawnSync(process.execPath, ["--require", old, pack], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^The policy pack of worker-secrets needs Node 22\.18 or newer, and .* is 20\.19\.4: .*\n$/,
    );
  });
});
