import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { readWorkerConfig } from "../../src/compile/wrangler/read.ts";
import type { Fault } from "../../src/faults.ts";
import { rows, TOML } from "./wrangler-fault-rows.ts";
import { BASE, type Outcome, readSample, sampleFolder, TODAY } from "./wrangler-samples.ts";

describe("a wrangler file with mistakes", () => {
  const root = tempFolder();
  let outcomes: Outcome[] = [];
  before(async () => {
    // In one go: wrangler is loaded once for all of them.
    outcomes = await Promise.all(
      rows.map(({ text, keys, file = "wrangler.jsonc", environment }, index) => {
        const content = text ?? JSON.stringify({ ...BASE, ...keys }, null, 2);
        const folder = sampleFolder(join(root, String(index)), "worker", file, content);
        return readSample(folder, join(root, String(index)), { environment });
      }),
    );
  });
  for (const [index, { title, says }] of rows.entries()) {
    it(`is refused with all of them: ${title}`, () => {
      const faults = outcomes[index]?.faults;
      assert.ok(faults, "it was let through");
      assert.equal(faults.length, says.length, JSON.stringify(faults, null, 2));
      for (const [number, [where, what, fix]] of says.entries()) {
        assert.match(faults[number]?.where ?? "", where);
        assert.match(faults[number]?.what ?? "", what);
        assert.match(faults[number]?.fix ?? "", fix);
      }
    });
  }

  it("is refused when there is none, or two of them", async () => {
    const read = async (name: string): Promise<Fault[]> => {
      const faults: Fault[] = [];
      await readWorkerConfig(join(root, name), { root, environment: undefined, today: TODAY }, faults);
      return faults;
    };
    mkdirSync(join(root, "none"));
    const [none] = await read("none");
    assert.equal(none?.where, "none");
    assert.match(none?.what ?? "", /no wrangler\.json, wrangler\.jsonc, wrangler\.toml/);

    const two = sampleFolder(root, "two", "wrangler.toml", TOML);
    writeFileSync(join(two, "wrangler.json"), JSON.stringify(BASE));
    assert.deepEqual(
      (await read("two")).map(({ where, what }) => [where, what]),
      [
        [
          "two/wrangler.json",
          "wrangler.json and wrangler.toml stand side by side; wrangler would take wrangler.json and ignore the rest",
        ],
      ],
    );
  });
});

describe("a wrangler file that wrangler warns of", () => {
  const root = tempFolder();

  it("is taken, and each key that it does not know is said at its place", async () => {
    const text =
      '{"name":"shop","main":"index.js","compatibility_date":"2026-10-01",\n"compatability_flags":[],\n"queues":{"producers":[{"binding":"Q","queue":"q",\n"delay":1}]},\n"constructor":1,\n"env":{"prod":{\n"alias":{},"vars":{}}},\n"vars":{"A":"1"}}';
    const folder = sampleFolder(root, "unknown", "wrangler.jsonc", text);
    const read = async (environment: string) =>
      (await readSample(folder, root, { environment })).config?.warnings.map(({ where, what }) => [
        where.replace("unknown/wrangler.jsonc", ""),
        what,
      ]);
    const ofTop = [
      [":4:1", "wrangler does not know the key 'queues.producers[0].delay', and ignores it"],
      [":2:1", "wrangler does not know the key 'compatability_flags', and ignores it"],
      [":5:1", "wrangler does not know the key 'constructor', and ignores it"],
    ];
    assert.deepEqual(await read(""), ofTop);
    // What the block lacks of the top level is said by `notInherited`.
    assert.deepEqual(await read("prod"), [
      ...ofTop,
      [":7:1", "wrangler does not know the key 'env.prod.alias', and ignores it"],
    ]);
  });
});

describe("places in a wrangler file", () => {
  const root = tempFolder();

  it("are those of the block where it has the key, else of the top level", async () => {
    const text = `{"name":"shop","main":"index.js","compatibility_date":"2026-10-01","workers_dev":true,\n"vars":{"A":"1"},\n"env":{"prod":{\n"vars":{\n"A":"2"}}}}`;
    const folder = sampleFolder(root, "blocks", "wrangler.jsonc", text);
    const context = { root, environment: undefined, today: TODAY };
    const top = await readWorkerConfig(folder, context, []);
    const prod = await readWorkerConfig(folder, { ...context, environmentByStack: "prod" }, []);
    assert.equal(top?.environment, undefined);
    assert.equal(prod?.environment, "prod");
    assert.equal(top?.whereIs(["vars", "A"]), "blocks/wrangler.jsonc:2:9");
    assert.equal(prod?.whereIs(["vars", "A"]), "blocks/wrangler.jsonc:5:1");
    assert.equal(prod?.whereIs(["workers_dev"]), top?.whereIs(["workers_dev"]));
    assert.deepEqual(prod?.vars, { A: "2" });
  });

  it("in blocks that are not taken are told, and stop nothing; the block's own stack is stopped", async () => {
    const text = JSON.stringify({
      ...BASE,
      unsafe: { bindings: [{ name: "X", type: "y" }] },
      vars: { A: "1" },
      env: {
        dev: { vars: { A: "2" } },
        prod: {
          minify: "yes",
          d1_databases: [{ binding: "DB", database_internal_env: "x" }],
        },
        broken: [],
      },
    });
    const folder = sampleFolder(root, "others", "wrangler.jsonc", text);
    const read = async (stack: string) => {
      const faults: Fault[] = [];
      const context = { root, environment: undefined, environmentByStack: stack, today: TODAY };
      const found = await readWorkerConfig(folder, context, faults);
      return { told: found?.otherBlocks.map(({ what }) => what.split(/[,:] /)[0]), faults };
    };
    const dev = await read("dev");
    assert.deepEqual(dev.faults, []);
    assert.deepEqual(dev.told, [
      "'unsafe' can't be translated",
      "wrangler refuses it",
      "'env.prod.d1_databases[0].database_internal_env' can't be translated",
      "'env.broken' must be an object",
    ]);
    // The same words, as errors.
    const prod = (await read("prod")).faults.map(({ what }) => what.split(/[,:] /)[0]);
    assert.deepEqual(prod.toSorted(), dev.told?.slice(1, 3).toSorted());
    // Without a block of its own, a stack takes the top level.
    assert.match((await read("staging")).faults[0]?.what ?? "", /'unsafe' can't be translated/);
  });

  it("are found in TOML through tables, lists of tables, dotted keys and texts of several lines", async () => {
    const text = `${TOML}vars.PLAIN = "a"\nvars."X" = '''\n[not.a.table]\nY = 1\n'''\n\n[[queues.producers]]\nbinding = "A"\n\n[[queues.producers]]\nbinding = "B"\n[env.prod.vars]\nDEEP = { a = 1 }\n`;
    const folder = sampleFolder(root, "tables", "wrangler.toml", `\uFEFF${text}`);
    const faults: Fault[] = [];
    const found = await readWorkerConfig(folder, { root, environment: undefined, today: TODAY }, faults);
    assert.deepEqual(faults, []);
    const where = (path: (string | number)[]) => found?.whereIs(path).replace("tables/wrangler.toml", "");
    assert.equal(where(["vars", "PLAIN"]), ":4:1");
    assert.equal(where(["vars", "X"]), ":5:1");
    assert.equal(where(["queues", "producers", 1, "binding"]), ":14:1");
    assert.equal(where(["env", "prod", "vars", "DEEP", "a"]), ":16:1");
    assert.equal(where(["nothing"]), "");
  });
});
