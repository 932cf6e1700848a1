import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { findWrangler } from "../../src/compile/run/find-wrangler.ts";
import { refuseOutOfRange } from "../../src/compile/run/range.ts";
import { diagnosticsIn } from "../../src/compile/wrangler/diagnostics.ts";
import { refusedKeys } from "../../src/compile/wrangler/keys.ts";
import type { ReadContext } from "../../src/compile/wrangler/read.ts";
import { FaultsError } from "../../src/faults.ts";
import { BASE, type Keys, readSample, sampleFolder } from "./wrangler-samples.ts";

const REDIRECT = ".wrangler/deploy/config.json";
/** What the Vite plugin writes beside the built code: every key of the normalised config, empty ones too. */
const GENERATED: Keys = {
  ...BASE,
  configPath: "/somewhere/wrangler.jsonc",
  topLevelName: "shop",
  definedEnvironments: ["prod"],
  no_bundle: true,
  rules: [{ type: "ESModule", globs: ["**/*.js"] }],
  assets: { directory: "../client" },
  unsafe: {},
  cloudchamber: {},
  containers: [],
  logfwdr: { bindings: [] },
  python_modules: { exclude: ["**/*.pyc"] },
  worker_loaders: [],
  dev: { ip: "localhost" },
  jsx_factory: "React.createElement",
};

describe("which wrangler file is read", () => {
  const root = tempFolder();
  const write = (path: string, content: unknown) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  };
  const read = (folder: string, context: Partial<ReadContext> = {}) =>
    readSample(join(root, folder), root, { environmentByStack: "live", ...context });
  const saying = async (folder: string, context: Partial<ReadContext> = {}) =>
    (await read(folder, context)).faults
      ?.map(({ where, what, fix }) => `${where}: ${what} | ${fix}`)
      .join("\n") ?? "";

  before(() => {
    sampleFolder(root, "two", "wrangler-api.jsonc", JSON.stringify({ ...BASE, name: "api" }));
    write("two/wrangler-cron.toml", 'name = "cron"\nmain = "index.js"\ncompatibility_date = "2026-10-01"\n');
    write("two/config.txt", "");
    sampleFolder(root, "built", "wrangler.jsonc", JSON.stringify({ ...BASE, assets: {}, env: { prod: {} } }));
    write(`built/${REDIRECT}`, { configPath: "../../dist/shop/wrangler.json" });
    write("built/dist/shop/wrangler.json", GENERATED);
    write("built/dist/shop/index.js", "export default {};");
    write("built/dist/client/index.html", "");
    sampleFolder(root, "below/worker", "wrangler.jsonc", JSON.stringify(BASE));
    write(`below/${REDIRECT}`, { configPath: "../../worker/wrangler.jsonc" });
    sampleFolder(
      root,
      "commands",
      "wrangler.jsonc",
      JSON.stringify({ ...BASE, main: "dist/none.js", build: { command: "make" } }),
    );
    write("experiment/cloudflare.config.ts", "");
    mkdirSync(join(root, "output/.cloudflare/output"), { recursive: true });
    // In one go, so that what follows finds it kept: wrangler is loaded once.
    return Promise.all([
      read("two", { config: "wrangler-api.jsonc" }),
      read("two", { config: "wrangler-cron.toml" }),
      read("built"),
      read("below/worker"),
      read("commands"),
    ]);
  });

  it("is the one that the entry names, so that several Workers share a folder", async () => {
    const api = (await read("two", { config: "wrangler-api.jsonc" })).config;
    const cron = (await read("two", { config: join(root, "two/wrangler-cron.toml") })).config;
    assert.deepEqual([api?.name, cron?.name], ["api", "cron"]);
    assert.deepEqual([api?.file, cron?.file], ["two/wrangler-api.jsonc", "two/wrangler-cron.toml"]);
    assert.equal(api?.configFile, join(root, "two/wrangler-api.jsonc"));
    assert.equal(api?.main, join(root, "two/index.js"));
    assert.match(await saying("two"), /^two: there is no wrangler\.json, /);
    assert.match(
      await saying("two", { config: "none.jsonc" }),
      /^two\/none\.jsonc: the file can't be read \(ENOENT\)/,
    );
    assert.match(await saying("two", { config: "config.txt" }), /reads no file of this name.*\.jsonc/);
  });

  it("is a build tool's where a redirect names it, empty keys and all", async () => {
    const { config, faults } = await read("built");
    assert.deepEqual(faults, undefined);
    assert.equal(config?.file, "built/dist/shop/wrangler.json");
    assert.equal(config?.redirected, true);
    assert.equal(config?.main, join(root, "built/dist/shop/index.js"));
    assert.equal(config?.assets?.directory, join(root, "built/dist/client"));
    // The blocks are those that a person wrote.
    assert.deepEqual([...(config?.blocks ?? [])], [["prod", "shop-prod"]]);
  });

  it("is refused where it was built for another environment than the stack takes", async () => {
    const other = await saying("built", { environment: "prod" });
    assert.match(
      other,
      /made this file for the top level, and the stack takes 'env\.prod' \| .*CLOUDFLARE_ENV=prod/,
    );
    assert.match(await saying("built", { environmentByStack: "prod" }), /the stack takes 'env\.prod'/);
    write("built/dist/shop/wrangler.json", { ...GENERATED, targetEnvironment: "prod", name: "shop-prod" });
    const built = (await read("built", { environmentByStack: "prod" })).config;
    assert.deepEqual([built?.name, built?.environment], ["shop", "prod"]);
    assert.match(
      await saying("built"),
      /for 'env\.prod', and the stack takes the top level \| .*environment: prod/,
    );
  });

  it("may not have a redirect in a folder above, as with wrangler", async () => {
    assert.match(
      await saying("below/worker"),
      /^below\/worker\/wrangler\.jsonc: wrangler refuses it: Found both a user configuration/,
    );
  });

  it("may have a build command that makes the entry", async () => {
    assert.equal((await read("commands")).config?.main, join(root, "commands/dist/none.js"));
  });

  it("may be one without what a build makes, for who deploys nothing", async () => {
    write("unbuilt/wrangler.jsonc", { ...BASE, main: "dist/index.js", assets: {} });
    write("no-folder/wrangler.jsonc", {
      ...BASE,
      main: "dist/index.js",
      assets: { directory: "dist/client" },
    });
    for (const [folder, missing] of [
      ["unbuilt", /'assets\.directory' is missing.*build first[\s\S]*'dist\/index\.js' does not exist/],
      ["no-folder", /'dist\/index\.js' does not exist[\s\S]*'dist\/client' does not exist/],
    ] as const) {
      assert.match(await saying(folder), missing);
      assert.equal((await read(folder, { mayBeUnbuilt: true })).config?.name, "shop");
    }
    write("nothing/wrangler.jsonc", { name: "shop", compatibility_date: BASE.compatibility_date });
    assert.match(await saying("nothing", { mayBeUnbuilt: true }), /'main' is missing/);
  });

  it("is none of the forms that are not stable yet: each is named", async () => {
    assert.match(
      await saying("experiment"),
      /^experiment\/cloudflare\.config\.ts: .*experiment.*\| Write a wrangler\.jsonc/,
    );
    assert.match(await saying("output"), /Build Output is not stable yet/);
  });

  it("is not read a second time where nothing has changed", async () => {
    const { XDG_CACHE_HOME } = process.env;
    const cache = tempFolder();
    process.env.XDG_CACHE_HOME = cache;
    try {
      await read("two", { config: "wrangler-api.jsonc" });
      const kept = join(cache, "worker-secrets/configs");
      const [name = ""] = readdirSync(kept);
      const marked = { environments: { "": { warnings: ["kept"], error: "the kept one" } }, newer: [] };
      writeFileSync(join(kept, name), JSON.stringify(marked));
      assert.match(await saying("two", { config: "wrangler-api.jsonc" }), /the kept one/);
      rmSync(kept, { recursive: true });
      assert.equal(await saying("two", { config: "wrangler-api.jsonc" }), "");
    } finally {
      if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
    }
  });
});

describe("the wrangler that reads the file", () => {
  const root = tempFolder();

  it("is refused where it is older than what the package works with", () => {
    const home = join(root, "node_modules/wrangler");
    mkdirSync(home, { recursive: true });
    writeFileSync(
      join(home, "package.json"),
      JSON.stringify({ version: "3.90.0", bin: { wrangler: "bin.js" } }),
    );
    assert.throws(
      () =>
        refuseOutOfRange(
          findWrangler(join(root, "worker"), root, "worker/wrangler.jsonc"),
          "worker/wrangler.jsonc",
        ),
      (error) =>
        error instanceof FaultsError && /the project has wrangler 3\.90\.0 .*4\.100\.0/.test(error.message),
    );
  });

  it("may know keys that the table does not have: they are refused unless they are empty", () => {
    const newer = new Set(["kv_namespaces[].shards", "later"]);
    const file = { kv_namespaces: [{ binding: "A", shards: [] }, { shards: 2 }], later: {}, other: 1 };
    assert.deepEqual(
      refusedKeys(file, newer).map(({ path, fix }) => [path, fix]),
      [[["kv_namespaces", 1, "shards"], "Take it out, or install a newer worker-secrets."]],
    );
  });

  it("speaks in prose: items by block, examples of a file left out", () => {
    const prose =
      '\u001b[33m▲ [WARNING]\u001b[0m Processing wrangler.jsonc configuration:\n\n    - One\n      goes on.\n  \n      ```\n      - no item\n      ```\n    - "env.prod" environment configuration\n      - Two\n    - Three\n\n';
    assert.deepEqual(diagnosticsIn(prose), [
      { block: undefined, text: "One goes on." },
      { block: "prod", text: "Two" },
      { block: undefined, text: "Three" },
    ]);
    assert.deepEqual(diagnosticsIn("No such file.\n\nMore."), [{ block: undefined, text: "No such file." }]);
  });
});
