import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { type Bundle, bundleWorker } from "../../src/compile/bundle.ts";
import { readWorkerConfig } from "../../src/compile/wrangler/read.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";
import { FaultsError } from "../../src/faults.ts";
import { codeRows } from "./wrangler-bundle-rows.ts";
import { BASE, type Keys, TODAY } from "./wrangler-samples.ts";

/** `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))` */
const ADD = Buffer.from(
  "0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b",
  "hex",
);

const root = tempFolder();
let folders = 0;

function write(keys: Keys, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(root, `worker-${folders++}`);
  for (const [name, content] of Object.entries({
    ...files,
    "wrangler.json": JSON.stringify({ ...BASE, ...keys }),
  })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function config(folder: string, home = root): Promise<WorkerConfig> {
  const faults: unknown[] = [];
  const found = await readWorkerConfig(
    folder,
    { root: home, environment: undefined, today: TODAY },
    faults as never,
  );
  assert.ok(found, JSON.stringify(faults));
  return found;
}

async function bundle(keys: Keys, files: Readonly<Record<string, string | Uint8Array>>): Promise<Bundle> {
  const made = await bundleWorker(await config(write(keys, files)));
  assert.ok(made);
  return made;
}

/** What the Worker answers in the real runtime, from exactly the modules that would be uploaded. */
async function answer(made: Bundle, flags: readonly string[] = []): Promise<unknown> {
  const wasm = made.files
    .filter(({ contentType }) => contentType === "application/wasm")
    .map(({ name, bytes }) => [name, { type: "wasm" as const, contents: new Uint8Array(bytes) }] as const);
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    workers: [
      {
        config: {
          name: "worker",
          compatibilityDate: "2026-10-01",
          compatibilityFlags: [...flags],
          manifest: {
            mainModule: made.mainModule,
            modules: {
              [made.mainModule]: { type: "esm", contents: made.content },
              ...Object.fromEntries(wasm),
            },
          },
        },
      },
    ],
  });
  try {
    const response = await miniflare.dispatchFetch("http://localhost/");
    return await response.json();
  } finally {
    await miniflare.dispose();
  }
}

const json = (expression: string) =>
  `export default { async fetch() { return Response.json(${expression}); } };\n`;

describe("a Worker's modules", () => {
  it("hold text, data and WebAssembly that its code imports, by the file's rules and wrangler's", async () => {
    const made = await bundle(
      { rules: [{ type: "Text", globs: ["**/*.md"], fallthrough: true }] },
      {
        "index.js": `
          import page from "./page.html";
          import notes from "./notes.md";
          import data from "./data.bin";
          import add from "./math/add.wasm";
          import again from "./math/add.wasm?module";
          ${json(`[page, notes, data instanceof ArrayBuffer, [...new Uint8Array(data)],
            (await WebAssembly.instantiate(add)).exports.add(2, 3), add === again]`)}`,
        "page.html": "<p>${page}</p>",
        "notes.md": "# notes",
        "data.bin": Uint8Array.of(0, 255, 7),
        "math/add.wasm": ADD,
      },
    );
    assert.deepEqual(await answer(made), ["<p>${page}</p>", "# notes", true, [0, 255, 7], 5, true]);
    const name = `${createHash("sha256").update(ADD).digest("hex").slice(0, 32)}-add.wasm`;
    assert.deepEqual(
      made.files.map((file) => [file.name, file.contentType]),
      [[name, "application/wasm"]],
    );
  });

  it("use Node's modules of the runtime under nodejs_compat: with and without `node:`, imported and required", async () => {
    const flags = ["nodejs_compat"];
    const made = await bundle(
      { compatibility_flags: flags },
      {
        "index.js": `
          import { Buffer } from "buffer";
          import path from "node:path";
          import { required } from "./old.cjs";
          ${json(`[Buffer.from("a").toString("hex"), path.join("a", "b"), required]`)}`,
        "old.cjs": `const { isDeepStrictEqual } = require("util"); exports.required = isDeepStrictEqual({}, {});`,
      },
    );
    assert.deepEqual(await answer(made, flags), ["61", "a/b", true]);
  });

  it("follow define, alias, JSX, tsconfig and NODE_ENV", async () => {
    const made = await bundle(
      {
        main: "index.tsx",
        define: { VERSION: '"1.2"' },
        alias: { pkg: "./replaced.ts" },
        jsx_factory: "h",
        tsconfig: "other.json",
      },
      {
        "index.tsx": `
          import name from "pkg";
          import deep from "~/deep";
          declare const VERSION: string;
          const h = (tag: string, props: unknown, ...children: unknown[]) => [tag, props, children];
          ${json("[VERSION, name, deep, <a b='c'>d</a>, process.env.NODE_ENV]")}`,
        "replaced.ts": `export default "replaced";`,
        "lib/deep.ts": `export default "deep";`,
        "other.json": JSON.stringify({ compilerOptions: { paths: { "~/*": ["./lib/*"] } } }),
      },
    );
    assert.deepEqual(await answer(made), ["1.2", "replaced", "deep", ["a", { b: "c" }, ["d"]], "production"]);
  });

  it("keep the names of functions when minified unless told not to", async () => {
    const files = { "index.js": `class LongName {}; ${json("new LongName().constructor.name")}` };
    assert.equal(await answer(await bundle({ minify: true }, files)), "LongName");
    assert.notEqual(await answer(await bundle({ minify: true, keep_names: false }, files)), "LongName");
  });

  it("say what the entry exports", async () => {
    const made = await bundle(
      { minify: true },
      {
        "index.js": `export { Room } from "./room.js"; export class Flow {}; ${json("1")}`,
        "room.js": "export class Room {}",
      },
    );
    assert.deepEqual(made.exports, ["Flow", "Room", "default"]);
  });

  it("have a source map only when the file asks for it", async () => {
    const files = { "index.js": json("1") };
    assert.deepEqual((await bundle({}, files)).files, []);
    const made = await bundle({ upload_source_maps: true }, files);
    const [map] = made.files;
    assert.equal(map?.name, "worker.js.map");
    assert.equal(map.contentType, "application/source-map");
    assert.deepEqual(JSON.parse(Buffer.from(map.bytes).toString()).sources, ["index.js"]);
    assert.match(made.content, /\/\/# sourceMappingURL=worker\.js\.map/);
  });

  it("are the entry as it stands under no_bundle", async () => {
    const code = `import { env } from "cloudflare:workers";\n// kept\n${json("typeof env")}`;
    const made = await bundle({ no_bundle: true }, { "index.js": code });
    assert.equal(made.content, code);
    assert.deepEqual(made.exports, ["default"]);
    assert.equal(await answer(made), "object");
  });

  it("are none for assets alone", async () => {
    const folder = write({ main: undefined, assets: { directory: "public" } }, { "public/index.html": "" });
    assert.equal(await bundleWorker(await config(folder)), undefined);
  });

  it("have the same hash on another machine, and another one for any other byte", async () => {
    const files = {
      "index.js": `import t from "./a.txt"; import w from "./add.wasm"; import b from "./b.bin"; ${json("[t, w, b]")}`,
      "a.txt": "a",
      "b.bin": Uint8Array.of(1),
      "add.wasm": ADD,
    };
    const here = write({ upload_source_maps: true }, files);
    const there = join(root, "quite", "another", "home");
    cpSync(here, there, { recursive: true });
    const [one, other] = [
      await bundleWorker(await config(here)),
      await bundleWorker(await config(there, dirname(there))),
    ];
    assert.equal(one?.sha256, other?.sha256);
    assert.ok(!one?.content.includes(root));
    for (const change of [{ "a.txt": "b" }, { "b.bin": Uint8Array.of(2) }]) {
      assert.notEqual(
        (await bundle({ upload_source_maps: true }, { ...files, ...change })).sha256,
        one?.sha256,
      );
    }
    const section = Buffer.concat([ADD, Buffer.from("00020161", "hex")]);
    const changed = await bundle({ upload_source_maps: true }, { ...files, "add.wasm": section });
    assert.notEqual(changed.sha256, one?.sha256);
  });
});

describe("code that can't be uploaded", () => {
  for (const { title, keys, files, says } of codeRows) {
    it(`is refused: ${title}`, async () => {
      const error = await bundle(keys ?? {}, files).then(
        () => assert.fail("it was bundled"),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof FaultsError, String(error));
      assert.equal(error.faults.length, says.length, error.message);
      says.forEach(([where, what, fix], index) => {
        assert.match(error.faults[index]?.where ?? "", where);
        assert.match(error.faults[index]?.what ?? "", what);
        assert.match(error.faults[index]?.fix ?? "", fix);
      });
    });
  }
});
