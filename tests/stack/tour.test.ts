import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import { runNode } from "../helpers/process.ts";
import { tempFolder } from "../helpers/temp.ts";
import type { Needle } from "../leak/forms.ts";
import { scanner } from "../leak/scan.ts";

describe("the tour", () => {
  const folder = tempFolder();

  it("goes through with --once, names the changed secret, and leaves nothing behind", async () => {
    const { code, stdout, stderr } = await runNode(
      ["packages/worker-secrets/src/cli/commands/tour/main.ts", "--once", "--port", "0"],
      {
        TMPDIR: folder,
      },
    ).ended;
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

  it("goes through again on a folder that was kept, and shows no secret", async function () {
    this.timeout(180_000);
    const printed: string[] = [];
    for (const round of [1, 2]) {
      const { code, stdout, stderr } = await runNode([
        "packages/worker-secrets/src/cli/commands/tour/main.ts",
        "--once",
        "--port",
        "0",
        "--data",
        join(folder, "kept"),
      ]).ended;
      assert.equal(code, 0, `round ${round}: ${stdout}\n${stderr}`);
      printed.push(stdout, stderr);
    }
    const { scan, labels } = scanner(await secretsIn(join(folder, "kept")));
    assert.deepEqual(labels, ["the token", "PROOF_KEY", "TOP_SECRET"]);
    const files = readdirSync(join(folder, "kept"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    for (const text of [...printed, ...files]) assert.deepEqual(scan(text), []);
  });

  it("stops cleanly when interrupted in the middle", async () => {
    const running = runNode(["packages/worker-secrets/src/cli/commands/tour/main.ts", "--port", "0"], {
      TMPDIR: folder,
    });
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

/** What the tour made up: it is stored there, and nowhere else. */
async function secretsIn(dataFolder: string): Promise<Needle[]> {
  const sandbox = await startSandbox({ port: 0, dataFolder });
  try {
    const { url, token, organization } = sandbox.description.pulumi;
    const client = pulumiClient(url, token, organization);
    const { environmentVariables } = await client.openEnvironment("worker-secrets/dev-secrets");
    const values = Object.entries(Object(environmentVariables) as Record<string, string>);
    return [{ label: "the token", text: token }, ...values.map(([label, text]) => ({ label, text }))];
  } finally {
    await sandbox.close();
  }
}
