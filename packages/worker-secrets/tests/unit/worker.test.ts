import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { proveNames, provePossession, requestNames } from "../../../../worker/src/proof.ts";

const ROOT = join(import.meta.dirname, "../../../..");
// Typed here, because the Worker itself is checked against the runtime's types, not Node's (worker/tsconfig.json).
const entry = join(ROOT, "worker/src/index.ts");
const { default: worker } = (await import(entry)) as {
  default: { fetch(request: Request, env: Record<string, string>): Promise<Response> };
};
const KEY = "k".repeat(43);
const env = { GREETING: "hello", PROOF_KEY: KEY, TOP_SECRET: "canary-top-secret" };
const ask = async (path: string, headers: Record<string, string> = {}, method = "GET") => {
  const response = await worker.fetch(new Request(`https://worker.example${path}`, { method, headers }), env);
  const text = await response.text();
  assert.ok(!text.includes(KEY) && !text.includes("canary"), "a value was told");
  return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
};

describe("the sample Worker", () => {
  it("proves the key to anybody, by a fixed message that is not the caller's to choose", async () => {
    const { status, body } = await ask("/proof?message=mine");
    assert.equal(status, 200);
    assert.equal(body.proof, await provePossession(KEY));
  });

  it("tells names only to a caller who proves the key, and proves it back", async () => {
    assert.equal((await ask("/names")).status, 401);
    assert.equal((await ask("/names", { authorization: `Proof ${"0".repeat(64)}` })).status, 401);
    const { status, body } = await ask("/names", { authorization: `Proof ${await requestNames(KEY)}` });
    assert.equal(status, 200);
    assert.deepEqual(body, { names: ["PROOF_KEY", "TOP_SECRET"], proof: await proveNames(KEY) });
  });

  it("does not take its own public proof, or its answer, for a caller's", async () => {
    for (const replayed of [await provePossession(KEY), await proveNames(KEY)]) {
      assert.equal((await ask("/names", { authorization: `Proof ${replayed}` })).status, 401);
    }
  });

  it("signs nothing with a key that could be guessed", async () => {
    await assert.rejects(provePossession("short"), /has to be generated/);
  });

  it("answers other paths and methods plainly", async () => {
    assert.equal((await ask("/other")).status, 404);
    assert.equal((await ask("/", {}, "POST")).status, 405);
  });

  it("has types that wrangler would generate from the declared names today", () => {
    const check = spawnSync(
      process.execPath,
      [
        join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
        "types",
        "env.d.ts",
        "--check",
        "--include-runtime=false",
        "--strict-vars=false",
      ],
      {
        cwd: join(ROOT, "worker"),
        encoding: "utf8",
        env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" },
      },
    );
    assert.equal(check.status, 0, `run 'npm run worker-types': ${check.stdout}${check.stderr}`);
  });
});
