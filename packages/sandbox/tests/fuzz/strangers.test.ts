import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, it } from "mocha";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { runsFrom, seedFrom } from "../../../esc/tests/differential/random.ts";
import { Victim } from "./sandbox-process.ts";

const RUN = "packages/sandbox/tests/fuzz/strangers-run.ts";

/**
 * Requests of somebody who has no credential: none gets further than its check. Every case follows from its number alone:
 * `FUZZ_SEED=N FUZZ_RUNS=1 npm test -- strangers` sends one again.
 */
describe("the sandbox against clients without a credential", () => {
  const folder = tempFolder();
  const seconds = Math.min(60, runsFrom("FUZZ_SECONDS", 15) / 10);
  const runs = runsFrom("FUZZ_RUNS", Number.POSITIVE_INFINITY);
  const seed = seedFrom("FUZZ_SEED");

  it(`${seconds} s: no body is read, nothing is answered but a refusal (FUZZ_SEED=${seed})`, async () => {
    const args = [join(folder, "tables"), `${seconds}`, `${runs}`, `${seed}`];
    const { code, stdout, stderr } = await runNode([RUN, ...args]).ended;
    assert.equal(code, 0, stderr);
    console.log(`      ${stdout.trim()}`);
    const refused = Number(/"401":(\d+)/.exec(stdout)?.[1] ?? 0);
    if (runs > 1000) assert.ok(refused > 100, stdout);
  }).timeout(120_000);

  it("does not grow by large bodies of such clients, packed or not", async () => {
    const victim = await Victim.start(join(folder, "victim"));
    try {
      const places = await victim.places();
      const { pulumi, cloudflare, checkpoints } = places;
      const before = victim.memory();
      const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
      const plain = Buffer.alloc(4 * 1024 * 1024, "[");
      const targets = [
        [`${pulumi}/api/stacks/sandbox/fuzz/journal/import`, "token x"],
        [`${checkpoints.url}/checkpoint`, "update-token x"],
        [`${pulumi}/api/esc/environments/sandbox/yaml/open`, ""],
        [`${cloudflare}/workers/scripts/fuzz`, "Bearer x"],
      ] as const;
      const sent = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const [url = "", authorization = ""] = targets[index % targets.length] ?? [];
          const packed = index % 3 === 0;
          const headers = { authorization, ...(packed ? { "content-encoding": "gzip" } : {}) };
          const init = { method: index % 4 === 3 ? "PUT" : "POST", headers, body: packed ? bomb : plain };
          // A connection that the server ends while it is written to is a refusal as well.
          return fetch(url, init).then(
            ({ status }) => status,
            () => 0,
          );
        }),
      );
      const admitted = sent.filter((status) => ![0, 400, 401, 403, 404].includes(status));
      assert.deepEqual(admitted, []);
      const after = victim.memory();
      if (before !== undefined && after !== undefined)
        assert.ok(after - before < 150, `${before} MB before, ${after} MB at most`);
      await victim.endUpdates(places);
      console.log(`      ${sent.length} requests; ${before ?? "?"} MB before, ${after ?? "?"} MB at most`);
    } finally {
      await victim.stop();
    }
  }).timeout(120_000);
});
