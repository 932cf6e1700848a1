import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { build } from "esbuild";
import * as sample from "../../../../worker/src/proof.ts";
import * as commands from "../../src/cli/project/proof.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");

describe("the sample Worker", () => {
  it("is imported by no command, whatever it loads later", async () => {
    for (const entry of [
      "packages/worker-secrets/src/cli/ws.ts",
      "packages/worker-secrets/src/cli/commands/tour/main.ts",
    ]) {
      const { metafile } = await build({
        entryPoints: [join(REPOSITORY, entry)],
        absWorkingDir: REPOSITORY,
        bundle: true,
        platform: "node",
        format: "esm",
        packages: "external",
        metafile: true,
        write: false,
        outdir: "none",
        logLevel: "silent",
      });
      const files = Object.keys(metafile.inputs).map((file) => relative(".", file));
      assert.ok(
        files.some((file) => file.endsWith("rotate/verify.ts")) ||
          entry !== "packages/worker-secrets/src/cli/ws.ts",
        files.join(),
      );
      assert.deepEqual(
        files.filter((file) => file.startsWith("worker/")),
        [],
        entry,
      );
    }
  });

  it("gives the proofs that the commands expect", async () => {
    const key = "k".repeat(40);
    assert.equal(commands.provePossession(key), await sample.provePossession(key));
    assert.equal(commands.requestNames(key), await sample.requestNames(key));
    assert.equal(commands.proveNames(key), await sample.proveNames(key));
  });
});
