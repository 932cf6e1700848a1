import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { declared } from "../../../../tests/helpers/declared.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { belowAssets } from "../../src/cli/commands/dev/below-assets.ts";
import { FaultsError } from "../../src/faults.ts";
import { guardAssetContents } from "../../src/program/assets/contents.ts";
import { ignoreMatcher } from "../../src/program/assets/ignore.ts";
import { listAssets } from "../../src/program/assets/list.ts";
import { readAssets } from "../../src/program/assets/read.ts";
import { stagedAssets } from "../../src/program/assets/stage.ts";
import { assetSummary, changedAssets, hashAssets, MOST_LINES } from "../../src/program/assets/version.ts";
import type { DeclaredWorker } from "../../src/program/declared-worker.ts";
import { scriptSettings } from "../../src/program/script-args.ts";

/** The library that wrangler reads `.assetsignore` with, out of wrangler's own bundle. */
function wranglersIgnore(): () => {
  add(lines: readonly string[]): { test(path: string): { ignored: boolean } };
} {
  const file = createRequire(import.meta.url).resolve("wrangler");
  const text = readFileSync(file, "utf8");
  const start = text.indexOf("var require_ignore = __commonJS({");
  const end = text.indexOf("\n});\n", start) + 5;
  assert.ok(start > 0 && end > start, "wrangler's bundle has the library");
  const make = new Function(
    "__commonJS",
    "__name",
    "init_import_meta_url",
    `${text.slice(start, end)}return require_ignore();`,
  );
  const common = (files: Readonly<Record<string, (exports: object, module: object) => void>>) => () => {
    const module = { exports: {} };
    Object.values(files)[0]?.(module.exports, module);
    return module.exports;
  };
  return make(
    common,
    (value: unknown) => value,
    () => undefined,
  ) as ReturnType<typeof wranglersIgnore>;
}

function write(root: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function withAssets(directory: string, more: Partial<DeclaredWorker> = {}): DeclaredWorker {
  const config = { directory: join(directory, ".."), assets: { directory } };
  return declared("site", [], more, config);
}

async function faultsOf(worker: DeclaredWorker): Promise<string[]> {
  return readAssets([worker]).then(
    () => [],
    (error: unknown) =>
      error instanceof FaultsError ? error.faults.map(({ what }) => what) : assert.fail(String(error)),
  );
}

describe(".assetsignore", () => {
  const ignore = wranglersIgnore();
  const line = fc
    .array(
      fc.constantFrom(
        ...["a", "b", "A", ".", "*", "**", "/", "?", "!", "#", " ", "\r", "[ab]", "[b-a]", "[!a]", "env"],
      ),
      { maxLength: 7 },
    )
    .map((parts) => parts.join(""));
  const path = fc
    .array(fc.constantFrom("a", "b", "ab", ".env", "env", "a b", "!a", "#b", "A.b", "*"), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join("/"));

  it("excludes what wrangler's own library excludes", () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 4 }),
        fc.array(path, { minLength: 1, maxLength: 6 }),
        (lines, paths) => {
          const theirs = ignore().add(lines);
          const ours = ignoreMatcher(lines);
          for (const one of paths)
            assert.equal(ours(one), theirs.test(one).ignored, JSON.stringify([lines, one]));
        },
      ),
      { numRuns: 20_000, seed: Number(process.env.SEED ?? 20261130) },
    );
  });

  it("takes a sign as it is behind a backslash", () => {
    for (const [pattern, name] of [
      ["\\#a", "#a"],
      ["\\!a", "!a"],
      ["a\\ ", "a "],
      ["\\[a]", "[a]"],
    ] as const) {
      assert.equal(ignoreMatcher([pattern])(name), true, pattern);
      assert.equal(ignore().add([pattern]).test(name).ignored, true, pattern);
    }
  });
});

describe("static assets", () => {
  const root = tempFolder();

  it("have one hash on every machine, and another one for every change of what is uploaded", async () => {
    const files = { "index.html": "<h1>", "css/a.css": "a{}", _headers: "/*\n  X: y", _redirects: "/a /b" };
    const hashOf = async (folder: string) => (await hashAssets(await listAssets(folder))).hash;
    const one = write(join(root, "one/public"), files);
    const before = await hashOf(one);
    const other = join(root, "elsewhere/deep/site");
    write(other, Object.fromEntries(Object.entries(files).reverse()));
    assert.equal(await hashOf(other), before);
    write(other, { ".assetsignore": "*.map\n", "css/a.css.map": "{}" });
    assert.equal(await hashOf(other), before, "what is not uploaded does not count");
    let count = 0;
    for (const change of [
      { "index.html": "<h2>" },
      { "new.html": "" },
      { "css/b.css": "a{}" },
      { _headers: "/*\n  X: z" },
      { _redirects: "/a /c" },
      { ".assetsignore": "css\n" },
    ]) {
      const folder = join(root, `changed-${count++}`);
      cpSync(one, folder, { recursive: true });
      assert.notEqual(await hashOf(write(folder, change)), before, JSON.stringify(change));
    }
  });

  it("are told by name in the outputs, within a bound however many there are", async () => {
    const few = new Map([
      ["a/one.js", "1".repeat(64)],
      ["index.html", "2".repeat(64)],
    ]);
    assert.deepEqual(assetSummary(few), { "/a/one.js": "1".repeat(12), "/index.html": "2".repeat(12) });
    const many = new Map(
      Array.from({ length: 20_000 }, (_, index) => [
        `${index % 40}/${"long".repeat(20)}/${index}.html`,
        String(index).padStart(64, "0"),
      ]),
    );
    many.set("index.html", "a".repeat(64));
    const before = assetSummary(many);
    assert.ok(Object.keys(before).length <= MOST_LINES);
    assert.ok(JSON.stringify(before).length < 16 * 1024, String(JSON.stringify(before).length));
    many.set(`7/${"long".repeat(20)}/7.html`, "b".repeat(64));
    const changed = changedAssets(before, assetSummary(many));
    assert.equal(changed.length, 1);
    assert.match(changed[0] ?? "", /^\/7\//);
    const flat = new Map([...Array(5_000).keys()].map((index) => [`${index}.html`, "0".repeat(64)]));
    assert.deepEqual(Object.keys(assetSummary(flat)), ["/"]);
  });

  const PRIVATE = [
    ...[".dev.vars", ".dev.vars.production", "a/b/.DEV.VARS", ".env", ".env.local", "deep/.env.production"],
    ...["server.pem", "tls/site.KEY", "id_rsa", "keys/id_ed25519", "a.p12", ".git/config", "x/.git/HEAD"],
    ...[
      ".npmrc",
      ".netrc",
      ".wrangler/state/x",
      "Pulumi.yaml",
      "Pulumi.prod.yaml",
      ".ssh/config",
      "a.tfstate",
    ],
  ];

  for (const path of PRIVATE)
    it(`are not uploaded with ${path} among them, but without it where it is excluded`, async () => {
      const folder = join(root, `private-${path.replaceAll("/", "-")}`, "public");
      write(folder, { "index.html": "<h1>", [path]: "x" });
      const [fault] = await faultsOf(withAssets(folder));
      assert.ok(fault?.includes(path), fault);
      write(folder, { ".assetsignore": `${path}\n` });
      assert.deepEqual(await faultsOf(withAssets(folder)), []);
      const target = join(folder, "..", "staged");
      await stagedAssets(await listAssets(folder), { source: folder, target });
      assert.deepEqual(readdirSync(target), ["index.html"]);
    });

  it("with names that are meant to be public, or further ones that are not, follow the entry", async () => {
    const folder = write(join(root, "own/public"), { "ca.pem": "x", "dump.sql": "x", "id_rsa.pub": "x" });
    assert.equal((await faultsOf(withAssets(folder))).length, 1);
    assert.deepEqual(await faultsOf(withAssets(folder, { privateFiles: ["!ca.pem"] })), []);
    assert.match(
      String(await faultsOf(withAssets(folder, { privateFiles: ["!ca.pem", "*.sql"] }))),
      /dump\.sql/,
    );
  });

  it("behind links count by the name where the link leads, and one that leads nowhere or back is a fault", async () => {
    const folder = write(join(root, "links/public"), { "index.html": "x" });
    write(join(root, "links"), { ".dev.vars": "x", ".git/config": "x" });
    symlinkSync("../.dev.vars", join(folder, "settings.txt"));
    assert.match(String(await faultsOf(withAssets(folder))), /settings\.txt/);
    const repository = write(join(root, "repository/public"), { "index.html": "x" });
    symlinkSync(join(root, "links/.git"), join(repository, "history"));
    assert.match(String(await faultsOf(withAssets(repository))), /history\/config/);
    const circle = write(join(root, "circle/public"), { "index.html": "x" });
    symlinkSync("..", join(circle, "up"));
    assert.match(String(await faultsOf(withAssets(circle))), /leads back/);
    const nowhere = write(join(root, "nowhere/public"), { "index.html": "x" });
    symlinkSync("gone", join(nowhere, "a"));
    assert.match(String(await faultsOf(withAssets(nowhere))), /leads nowhere/);
  });

  it("are laid out as wrangler uploads them, in a folder that follows every change", async () => {
    const folder = write(join(root, "staged/public"), {
      "index.html": "one",
      "secret/a": "x",
      _headers: "/*\n  X: y",
      ".assetsignore": "secret\n",
    });
    const target = join(root, "staged/.wrangler/assets");
    const stage = async () => {
      await stagedAssets(await listAssets(folder), { source: folder, target });
      return readdirSync(target, { recursive: true, encoding: "utf8" }).sort();
    };
    assert.deepEqual(await stage(), ["index.html"]);
    write(folder, { ".assetsignore": "index.html\n", "b/c.html": "two" });
    assert.deepEqual(
      (await stage()).filter((name) => name.includes(".") || name.endsWith("/a")),
      ["b/c.html", "secret/a"],
    );
    write(folder, { "b/c.html": "three" });
    await stage();
    assert.equal(readFileSync(join(target, "b/c.html"), "utf8"), "three");
    const plain = write(join(root, "plain/public"), { "index.html": "x" });
    assert.equal(await stagedAssets(await listAssets(plain), { source: plain, target: "unused" }), plain);
    // The provider takes the two files' texts, and would publish the files.
    const version = await hashAssets(await listAssets(folder));
    const settings = scriptSettings(withAssets(folder).config, undefined, { version, directory: target });
    assert.equal(Object(Object(settings.assets).config).headers, "/*\n  X: y");
  });

  it("that hold a secret value of the stack are refused by the secret's name", async () => {
    const value = "canary-in-a-built-page-0123";
    const folder = write(join(root, "built/public"), { "app.js": `const key="${value}"`, "b.js": "short" });
    const worker = withAssets(folder);
    const assets = await readAssets([worker]);
    const guard = (name: string, held: string) =>
      guardAssetContents(assets, new Map([["site", new Map([[name, held]])]]));
    await assert.rejects(guard("API_KEY", value), (error: Error) => {
      assert.match(error.message, /'app\.js' holds the value of API_KEY/);
      assert.ok(!error.message.includes(value));
      return true;
    });
    await guard("API_KEY", "another value of some length");
    await guard("PIN", "short");
  });

  it("are no place for a .dev.vars, also where it would lie below another Worker's", () => {
    const folder = write(join(root, "app/worker"), { "wrangler.jsonc": "{}" });
    const places = (assets: string) =>
      belowAssets(join(folder, ".dev.vars"), root, [withAssets(assets)]).map(({ where }) => where);
    assert.deepEqual(places(folder), ["app/worker/.dev.vars"]);
    assert.deepEqual(places(join(root, "app")), ["app/worker/.dev.vars"]);
    mkdirSync(join(folder, "public"));
    assert.deepEqual(places(join(folder, "public")), []);
  });
});
