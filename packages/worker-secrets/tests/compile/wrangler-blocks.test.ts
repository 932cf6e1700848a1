import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { stackConfig } from "../../../../tests/helpers/worker-folder.ts";
import { isOwn } from "../../src/compile/wrangler/environments.ts";
import { schemaKeys } from "../../src/compile/wrangler/schema-file.ts";
import type { Fault } from "../../src/faults.ts";
import { declareWorkers } from "../../src/program/declared-worker.ts";
import { parseWorkerEntries } from "../../src/program/worker-entries.ts";
import { BASE, type Keys, readSample, SAMPLES, sampleFolder, TODAY } from "./wrangler-samples.ts";

/** What wrangler itself warns of when a block is empty: the keys that it does not bring down. */
async function warnedByWrangler(file: string): Promise<string[]> {
  const { unstable_readConfig } = await import("wrangler");
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (...parts: unknown[]) => void lines.push(parts.join(" "));
  try {
    unstable_readConfig({ config: file, env: "prod" });
  } catch {
    // A value of the wrong shape: the warning comes before it.
  } finally {
    console.warn = warn;
  }
  const names = lines.join("\n").matchAll(/"(\w+)" exists at the top level, but not on "env\.prod"/g);
  return [...names].map(([, name = ""]) => name);
}

describe("an applied block that lacks what the top level has", () => {
  const root = tempFolder();
  const topLevel = [
    ...schemaKeys(createRequire(import.meta.url).resolve("wrangler/package.json"), "RawEnvironment"),
  ].filter((path) => !/[.[]/.test(path));

  it("is found for exactly the keys of the schema of which wrangler warns", async () => {
    assert.ok(topLevel.length > 60, String(topLevel.length));
    for (const key of topLevel) {
      const value = SAMPLES[key]?.[0] ?? { x: 1 };
      const folder = sampleFolder(
        root,
        "warned",
        "wrangler.json",
        JSON.stringify({ ...BASE, [key]: value, env: { prod: {} } }),
      );
      assert.deepEqual(await warnedByWrangler(join(folder, "wrangler.json")), isOwn(key) ? [key] : [], key);
    }
  });

  it("is found by each name, for each key that is translated", async () => {
    const read = async (name: string, keys: Keys) => {
      const folder = sampleFolder(root, name, "wrangler.json", JSON.stringify(keys));
      return (await readSample(folder, root, { environment: "prod" })).config?.notInherited;
    };
    const keys = topLevel.filter((one) => SAMPLES[one] !== undefined);
    // In one go: wrangler is loaded once for all of them.
    const found = await Promise.all(
      keys.map(async (key) => {
        const file = { ...BASE, [key]: SAMPLES[key]?.[0] };
        const block = isOwn(key) ? { [key]: SAMPLES[key]?.[0] } : {};
        return Promise.all([
          read(`lacks-${key}`, { ...file, env: { prod: {} } }),
          read(`has-${key}`, { ...file, env: { prod: block } }),
        ]);
      }),
    );
    for (const [index, key] of keys.entries()) {
      const [lacks = [], has] = found[index] ?? [];
      assert.equal(lacks.length > 0, isOwn(key), `${key}: ${JSON.stringify(lacks)}`);
      for (const { where, name } of lacks) {
        assert.match(where, /^lacks-\w+\/wrangler\.json:1:\d+$/);
        assert.ok(name.length > 0);
      }
      assert.deepEqual(has, [], key);
    }
  });

  it("counts each name of a list, and one that the block binds otherwise as there", async () => {
    const folder = sampleFolder(
      root,
      "partly",
      "wrangler.json",
      JSON.stringify({
        ...BASE,
        vars: { A: "1", B: "2", URL: "u" },
        secrets: { required: ["ONE", "TWO"] },
        define: { X: "1" },
        queues: { producers: [{ binding: "OUT", queue: "dev" }], consumers: [{ queue: "dev" }] },
        tail_consumers: [{ service: "tail" }],
        kv_namespaces: [],
        env: {
          prod: {
            vars: { A: "9" },
            secrets: { required: ["ONE", "URL"] },
            queues: { producers: [{ binding: "OUT", queue: "prod" }] },
          },
        },
      }),
    );
    const { config } = await readSample(folder, root, { environment: "prod" });
    assert.deepEqual(
      config?.notInherited.map(({ key, name }) => `${key}: ${name}`),
      [
        "vars: B",
        "secrets.required: TWO",
        "define: define.X",
        "queues.consumers: queues.consumers",
        "tail_consumers: tail_consumers",
      ],
    );
  });
});

describe("which block a stack takes", () => {
  const root = tempFolder();
  const declared = async (file: Keys, entry: Keys, stack = "live") => {
    sampleFolder(root, "worker", "wrangler.json", JSON.stringify({ ...BASE, ...file }));
    const faults: Fault[] = [];
    const entries = parseWorkerEntries(
      JSON.stringify([{ directory: "worker", ...entry }]),
      root,
      "here",
      faults,
    );
    const config = { ...stackConfig(), stack };
    const [worker] = await declareWorkers(
      entries,
      config,
      { root, today: TODAY, soleScriptName: undefined },
      faults,
    );
    assert.deepEqual(faults, []);
    return worker;
  };
  const blocks = { vars: { A: "1" }, env: { staging: {}, production: { vars: { A: "2" } } } };

  it("is a question where the file has blocks and none is named as the stack", async () => {
    const worker = await declared(blocks, {});
    assert.deepEqual(
      worker?.blockFaults.map(({ what }) => what),
      [
        "the file has the blocks 'env.staging', 'env.production', and this stack takes none of them: the top level would be deployed",
      ],
    );
    assert.deepEqual((await declared(blocks, {}, "production"))?.blockFaults, []);
    assert.deepEqual((await declared({ env: {} }, {}))?.blockFaults, []);
  });

  it('is answered by a block, or by an empty name for the top level, as wrangler\'s --env=""', async () => {
    const top = await declared(blocks, { environment: "" });
    assert.deepEqual(
      [top?.blockFaults, top?.config.vars, top?.config.environment],
      [[], { A: "1" }, undefined],
    );
    // Also where a block is called as the stack.
    const despite = await declared(blocks, { environment: "" }, "production");
    assert.deepEqual(despite?.config.vars, { A: "1" });
    assert.deepEqual((await declared(blocks, { environment: "production" }))?.config.vars, { A: "2" });
  });

  it("what it leaves out on purpose is stated by name, or declared in the entry", async () => {
    const file = { vars: { A: "1" }, secrets: { required: ["ONE", "TWO", "SIX"] }, env: { live: {} } };
    assert.deepEqual(
      (await declared(file, {}))?.blockFaults.map(({ what }) => what.split(",")[0]),
      ["'vars' of the top level has A", "'secrets.required' of the top level has ONE"],
    );
    const stated = { leftOut: ["A", "ONE"], externalSecrets: ["TWO"], optionalSecrets: ["SIX"] };
    assert.deepEqual((await declared(file, stated))?.blockFaults, []);
  });
});
