import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { keysDocument } from "../../src/compile/wrangler/document.ts";
import { FILE_WIDE, INHERITED } from "../../src/compile/wrangler/environments.ts";
import { KEYS, newerKeys } from "../../src/compile/wrangler/keys.ts";
import { schemaKeys } from "../../src/compile/wrangler/schema-file.ts";
import {
  BASE,
  type Keys,
  OTHERS,
  type Outcome,
  readSample,
  SAMPLES,
  sampleFolder,
} from "./wrangler-samples.ts";

const WRANGLER = createRequire(import.meta.url).resolve("wrangler/package.json");
const ROOT = join(import.meta.dirname, "../../../..");
const paths = Object.keys(KEYS);
const ofState = (state: string) => paths.filter((path) => KEYS[path]?.state === state);
/** What wrangler's own compiler reads changes nothing in the config. */
const declared = ofState("translated").filter((path) => {
  const state = KEYS[path];
  return state?.state === "translated" && !/^wrangler (compiles|runs)/.test(state.as);
});

describe("the table of wrangler's keys", () => {
  const known = schemaKeys(WRANGLER, "RawConfig");

  it("has every key of the schema file, or the one above it", () => {
    assert.ok(known.size > 600, "the walk found the schema's keys");
    assert.deepEqual(newerKeys(known), []);
    // Below a row with rows of its own each key counts.
    assert.deepEqual(newerKeys(["kv_namespaces[].new", "rules[].new", "unsafe.new", "new"]), [
      "kv_namespaces[].new",
      "new",
    ]);
  });

  it("has no key that the schema file does not have", () => {
    assert.deepEqual(
      paths.filter((path) => !known.has(path)),
      [],
    );
  });

  it("keeps out of `env` blocks exactly the keys that the schema file keeps out", () => {
    const inBlock = schemaKeys(WRANGLER, "RawEnvironment");
    const top = [...known].filter((path) => !/[.[]/.test(path));
    assert.deepEqual([...FILE_WIDE].sort(), top.filter((key) => !inBlock.has(key)).sort());
    assert.deepEqual(
      [...INHERITED].filter((key) => !inBlock.has(key)),
      [],
    );
  });

  it("is what the docs show", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      devDependencies: { wrangler: string };
    };
    const shown = readFileSync(join(ROOT, "docs/wrangler-keys.md"), "utf8");
    assert.equal(shown, keysDocument(devDependencies.wrangler), "run `npm run wrangler-keys`");
  });
});

describe("every key of the table", function () {
  // Each test reads hundreds of files, in one go: wrangler is loaded once for all of them.
  this.timeout(180_000);
  const root = tempFolder();
  let count = 0;

  const outcomes = (files: readonly Keys[]): Promise<Outcome[]> =>
    Promise.all(
      files.map((keys) => {
        const folder = sampleFolder(root, `worker-${count++}`, "wrangler.json", JSON.stringify(keys));
        return readSample(folder, root);
      }),
    );
  /** Without what differs from folder to folder. */
  const textOf = (outcome: Outcome | undefined) =>
    JSON.stringify(outcome?.config === undefined ? outcome : { ...outcome.config, warnings: [] }).replaceAll(
      /worker-\d+/g,
      "worker",
    );

  it("has a sample where it is translated", () => {
    assert.deepEqual(
      ofState("translated").filter((path) => samplesOf(path).length === 0),
      [],
    );
  });

  it("is let through in its sample", async () => {
    const all = Object.entries(SAMPLES).flatMap(([key, values]) =>
      values.map((value) => ({ ...BASE, [key]: value })),
    );
    const found = await outcomes(all);
    assert.deepEqual(
      found.flatMap(({ faults = [] }) => faults),
      [],
    );
    assert.deepEqual(
      found
        .flatMap(({ config }) => config?.warnings ?? [])
        .filter(({ what }) => !/durable_objects|"pipeline" field/.test(what)),
      [],
    );
  });

  it("changes the result where it is translated", async () => {
    const cases = declared.flatMap((path) =>
      samplesOf(path).map(({ keys, parts }) => ({
        path,
        files: [keys, taken(keys, parts), mutated(keys, parts, path)],
      })),
    );
    const found = await outcomes(cases.flatMap(({ files }) => files));
    const changing = new Set(
      cases.flatMap(({ path }, index) => {
        const [before, ...after] = found.slice(index * 3, index * 3 + 3);
        const changed = after.some((one) => one.config !== undefined && textOf(one) !== textOf(before));
        return changed ? [path] : [];
      }),
    );
    assert.deepEqual(
      declared.filter((path) => !changing.has(path)),
      [],
    );
  });

  it("gives a fault that names it and says why where it is refused", async () => {
    const cases = ofState("refused").flatMap((path) =>
      ["a value", { x: 1 }, [1], true].map((value) => ({ path, value })),
    );
    const found = await outcomes(cases.map(({ path, value }) => withKey(path, value)));
    for (const [index, { path, value }] of cases.entries()) {
      const state = KEYS[path];
      if (state?.state !== "refused" || state.accepts.some((one) => one === value)) continue;
      const fault = found[index]?.faults?.find(({ what }) => what.includes(state.why));
      assert.ok(fault, `${path} = ${JSON.stringify(value)} is let through`);
      assert.ok(fault.what.includes(`'${path.replaceAll("[]", "[0]")}'`), fault.what);
      assert.match(fault.where, /^worker-\d+\/wrangler\.json:1:\d+$/);
    }
  });

  it("is let through where its value says no more than none, as build tools write it", async () => {
    const cases = ofState("refused").flatMap((path) => {
      const state = KEYS[path];
      return state?.state === "refused" ? [...state.accepts, []].map((value) => ({ path, value })) : [];
    });
    const found = await outcomes(cases.map(({ path, value }) => withKey(path, value)));
    for (const [index, { path }] of cases.entries())
      for (const { what } of found[index]?.faults ?? []) assert.match(what, /^wrangler refuses it/, path);
  });

  it("takes any value at all without a crash: a config comes back, or a fault that names a place", async () => {
    const path = fc.constantFrom(...paths);
    const changes = fc.array(fc.tuple(path, fc.jsonValue()), { maxLength: 6 });
    const files = fc
      .sample(changes, 150)
      .map((all) => Object.assign({}, ...all.map(([key, value]) => withKey(key, value)), BASE) as Keys);
    const found = await outcomes(files);
    assert.equal(found.length, 150);
    for (const { config, faults } of found) {
      assert.equal(config === undefined, faults !== undefined && faults.length > 0);
      for (const { where, what, fix } of faults ?? []) assert.ok(where && what && fix);
    }
  });

  it("changes nothing where it is local", async () => {
    const values = [undefined, "a-value", {}, true];
    const local = ofState("local");
    const found = await outcomes(local.flatMap((path) => values.map((value) => withKey(path, value))));
    for (const [index, path] of local.entries()) {
      const [before, ...after] = found.slice(index * values.length, (index + 1) * values.length);
      assert.equal(before?.faults, undefined, path);
      assert.ok(
        after.some((one) => textOf(one) === textOf(before)),
        path,
      );
      for (const one of after)
        for (const { what } of one.faults ?? []) assert.match(what, /^wrangler refuses it/, path);
    }
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
