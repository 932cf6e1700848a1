import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { keysDocument } from "../../src/compile/wrangler/document.ts";
import { FILE_WIDE, INHERITED } from "../../src/compile/wrangler/environments.ts";
import { listKeys } from "../../src/compile/wrangler/keys.ts";
import { wranglerSchema } from "../../src/compile/wrangler/schema.ts";
import {
  BASE,
  type Keys,
  OTHERS,
  type Outcome,
  readSample,
  SAMPLES,
  sampleFolder,
} from "./wrangler-samples.ts";
import { schemaKeys } from "./wrangler-schema-file.ts";

const rows = listKeys(wranglerSchema);
const paths = new Set(rows.map(({ path }) => path));
const ofState = (state: string) => rows.filter((row) => row.state.state === state);
const versionOf = () =>
  (
    JSON.parse(readFileSync(join(import.meta.dirname, "../../../../package.json"), "utf8")) as {
      devDependencies: { wrangler: string };
    }
  ).devDependencies.wrangler;

describe("the table of wrangler's keys", () => {
  it("has every key of the schema file, below a refused or local one at least that one", () => {
    const closed = rows.filter(({ state }) => state.state !== "translated").map(({ path }) => path);
    const missing = [...schemaKeys("RawConfig")].filter(
      (path) =>
        !paths.has(path) &&
        !closed.some((above) => path.startsWith(`${above}.`) || path.startsWith(`${above}[]`)),
    );
    assert.ok(schemaKeys("RawConfig").size > 600, "the walk found the schema's keys");
    assert.deepEqual(missing, []);
  });

  it("has no key that the schema file does not have", () => {
    const known = schemaKeys("RawConfig");
    assert.deepEqual(
      [...paths].filter((path) => !known.has(path)),
      [],
    );
  });

  it("keeps out of `env` blocks exactly the keys that the schema file keeps out", () => {
    const inBlock = schemaKeys("RawEnvironment");
    const top = [...schemaKeys("RawConfig")].filter((path) => !/[.[]/.test(path));
    assert.deepEqual([...FILE_WIDE].sort(), top.filter((key) => !inBlock.has(key)).sort());
    assert.deepEqual(
      [...INHERITED].filter((key) => !inBlock.has(key)),
      [],
    );
  });

  it("is what the docs show", () => {
    const file = join(import.meta.dirname, "../../../../docs/wrangler-keys.md");
    assert.equal(readFileSync(file, "utf8"), keysDocument(versionOf()), "run `npm run wrangler-keys`");
  });
});

describe("every key of the table", () => {
  const root = tempFolder();
  let count = 0;
  const outcome = (keys: Keys): Promise<Outcome> => {
    const folder = sampleFolder(root, "worker", "wrangler.json", JSON.stringify(keys));
    count++;
    return readSample(folder, root);
  };

  it("has a sample where it is translated", () => {
    const without = ofState("translated").filter(({ path }) => samplesOf(path).length === 0);
    assert.deepEqual(
      without.map(({ path }) => path),
      [],
    );
  });

  it("is let through in its sample", async () => {
    for (const [key, values] of Object.entries(SAMPLES)) {
      for (const value of values) {
        const { faults } = await outcome({ ...BASE, [key]: value });
        assert.deepEqual(faults, undefined, key);
      }
    }
  });

  it("changes the result where it is translated", async () => {
    const without: string[] = [];
    for (const { path } of ofState("translated")) {
      let isChanged = false;
      for (const { keys, parts } of samplesOf(path)) {
        const before = await outcome(keys);
        for (const after of [await outcome(taken(keys, parts)), await outcome(mutated(keys, parts, path))]) {
          isChanged ||= after.config !== undefined && !isDeepStrictEqual(after, before);
        }
      }
      if (!isChanged) without.push(path);
    }
    // It has nothing inside that is translated.
    assert.deepEqual(without, ["build"]);
  });

  it("gives a fault that names it and says why where it is refused", async () => {
    for (const row of ofState("refused")) {
      const { path, state } = row;
      if (state.state !== "refused") continue;
      for (const value of ["a value", {}, [1], true, false, 0, null]) {
        const keys = withKey(path, value);
        const result = await outcome(keys);
        if (value === state.accepts) {
          assert.equal(result.faults, undefined, `${path} accepts ${String(value)}`);
          continue;
        }
        const fault = result.faults?.find(({ what }) => what.includes(state.why));
        assert.ok(fault, `${path} = ${JSON.stringify(value)} is let through`);
        assert.ok(fault.what.includes(`'${path.replaceAll("[]", "[0]")}'`), fault.what);
        assert.match(fault.where, /^worker\/wrangler\.json:1:\d+$/);
        assert.ok(fault.fix.length > 0);
      }
    }
  });

  it("takes any value at all without a crash: a config comes back, or a fault that names a place", async () => {
    const path = fc.constantFrom(...paths);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(path, fc.jsonValue()), { maxLength: 6 }), async (changes) => {
        const keys: Keys = Object.assign({}, ...changes.map(([key, value]) => withKey(key, value)), BASE);
        const { config, faults } = await outcome(keys);
        assert.equal(config === undefined, faults !== undefined);
        for (const { where, what, fix } of faults ?? []) assert.ok(where && what && fix);
      }),
      { numRuns: 400 },
    );
  });

  it("changes nothing where it is local", async () => {
    for (const { path } of ofState("local")) {
      const keys = withKey(path, undefined);
      const before = await outcome(keys);
      assert.equal(before.faults, undefined, path);
      for (const value of ["a value", {}, [1], true]) {
        assert.deepEqual(await outcome(withKey(path, value)), before, path);
      }
    }
    assert.ok(count > 300);
  });
});

type Parts = readonly (string | number)[];

/** The samples that have a key, with the way to it. */
function samplesOf(path: string): { readonly keys: Keys; readonly parts: Parts }[] {
  const parts = partsOf(path);
  const [top] = parts;
  return (SAMPLES[String(top)] ?? []).flatMap((value) => {
    const keys = { ...BASE, [String(top)]: value };
    return valueAt(keys, parts) === undefined ? [] : [{ keys, parts }];
  });
}

/** A file with one more key, in the sample of what is around it. */
function withKey(path: string, value: unknown): Keys {
  const parts = partsOf(path);
  const [top] = parts;
  const samples = parts.length === 1 ? [undefined] : (SAMPLES[String(top)] ?? []);
  for (const sample of samples) {
    const keys = { ...BASE, ...(sample === undefined ? {} : { [String(top)]: structuredClone(sample) }) };
    const around = parts.length === 1 ? keys : valueAt(keys, parts.slice(0, -1));
    if (typeof around !== "object" || around === null) continue;
    if (value !== undefined) Object.assign(around, { [String(parts.at(-1))]: value });
    return keys;
  }
  throw new Error(`no sample holds ${path}`);
}

function partsOf(path: string): Parts {
  return path.split(".").flatMap((part) => (part.endsWith("[]") ? [part.slice(0, -2), 0] : [part]));
}

function valueAt(value: unknown, parts: Parts): unknown {
  return parts.reduce<unknown>(
    (at, part) =>
      typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[part] : undefined,
    value,
  );
}

function taken(keys: Keys, parts: Parts): Keys {
  const copy = structuredClone(keys);
  const around = valueAt(copy, parts.slice(0, -1)) as Record<string | number, unknown>;
  delete around[parts.at(-1) ?? ""];
  return copy;
}

function mutated(keys: Keys, parts: Parts, path: string): Keys {
  const copy = structuredClone(keys);
  const around = valueAt(copy, parts.slice(0, -1)) as Record<string | number, unknown>;
  const key = parts.at(-1) ?? "";
  const value = around[key];
  if (path in OTHERS) around[key] = OTHERS[path];
  else if (typeof value === "string") around[key] = `${value}2`;
  else if (typeof value === "boolean") around[key] = !value;
  else if (typeof value === "number") around[key] = value / 2;
  else around[key] = Array.isArray(value) ? [] : {};
  return copy;
}
