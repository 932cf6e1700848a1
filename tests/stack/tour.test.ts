import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../helpers/process.ts";
import { tempFolder } from "../helpers/temp.ts";

describe("the tour", () => {
  const folder = tempFolder();

  it("goes through with --once, names the changed secret, and leaves nothing behind", async () => {
    const { code, stdout, stderr } = await runNode(["cli/tour.ts", "--once", "--port", "0"], {
      TMPDIR: folder,
    }).ended;
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /~ PROOF_KEY\s*: "[0-9a-f]{12}" => "[0-9a-f]{12}"/);
    assert.doesNotMatch(stdout, /~ TOP_SECRET/);
    assert.match(stdout, /GET \/names {3}PROOF_KEY, TOP_SECRET/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("worker-secrets")),
      [],
    );
    assert.ok(!existsSync(".sandbox/sandbox.pid"));
  });

  it("goes through again on a folder that was kept", async () => {
    for (const round of [1, 2]) {
      const { code, stdout, stderr } = await runNode([
        "cli/tour.ts",
        "--once",
        "--port",
        "0",
        "--data",
        join(folder, "kept"),
      ]).ended;
      assert.equal(code, 0, `round ${round}: ${stdout}\n${stderr}`);
    }
  });

  it("stops cleanly when interrupted in the middle", async () => {
    const running = runNode(["cli/tour.ts", "--port", "0"], { TMPDIR: folder });
    await new Promise<void>((resolve) => {
      running.child.stdout?.on("data", (chunk: Buffer) => {
        if (chunk.toString("utf8").includes("pulumi up")) resolve();
      });
    });
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended;
    assert.equal(code, 130);
    assert.match(stdout, /Interrupted: waiting for the running step/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("worker-secrets")),
      [],
    );
  });
});
