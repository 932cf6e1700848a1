import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { canary } from "../../../../tests/leak/marker.ts";
import { type Bundle, hashOf } from "../../src/compile/bundle.ts";
import { CompileCache } from "../../src/compile/compile-cache.ts";
import { compileWorker } from "../../src/compile/compile-worker.ts";
import { readWorkerConfig } from "../../src/compile/wrangler/read.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";
import { FaultsError } from "../../src/faults.ts";
import { codeRows } from "./compile-worker-rows.ts";
import { BASE, type Keys, TODAY } from "./wrangler-samples.ts";

/** `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))` */
const ADD = Buffer.from(
  "0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b",
  "hex",
);

const CANARY = canary();
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

function compile(worker: WorkerConfig): Promise<Bundle | undefined> {
  return compileWorker(worker, {
    cache: new CompileCache(),
    onWarning: undefined,
    variables: {},
  });
}

async function bundle(keys: Keys, files: Readonly<Record<string, string | Uint8Array>>): Promise<Bundle> {
  const made = await compile(await config(write(keys, files)));
  assert.ok(made);
  return made;
}

/** What the Worker answers in the real runtime, from exactly the modules that would be uploaded. */
async function answer(made: Bundle, flags: readonly string[] = []): Promise<unknown> {
  const types: Readonly<Record<string, "wasm" | "text" | "data">> = {
    "application/wasm": "wasm",
    "text/plain": "text",
    "application/octet-stream": "data",
  };
  const modules = made.files.flatMap(({ name, contentType, bytes }) => {
    const type = types[contentType];
    return type === undefined
      ? []
      : [
          [
            name.replace("./", ""),
            { type, contents: type === "text" ? Buffer.from(bytes).toString() : Uint8Array.from(bytes) },
          ],
        ];
  });
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
              ...Object.fromEntries(modules),
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

describe("a Worker's modules, as wrangler makes them", () => {
  it("hold all that its code imports, by the file's rules and wrangler's, with define, alias, JSX, tsconfig and polyfills", async () => {
    const flags = ["nodejs_compat"];
    const made = await bundle(
      {
        main: "index.tsx",
        compatibility_flags: flags,
        upload_source_maps: true,
        rules: [{ type: "Text", globs: ["**/*.md"], fallthrough: true }],
        define: { VERSION: '"1.2"' },
        alias: { pkg: "./replaced.ts" },
        jsx_factory: "h",
        tsconfig: "other.json",
      },
      {
        "index.tsx": `
          import { Buffer } from "buffer";
          import page from "./page.html";
          import notes from "./notes.md";
          import data from "./data.bin";
          import add from "./math/add.wasm";
          import name from "pkg";
          import deep from "~/deep";
          import { required } from "./old.cjs";
          declare const VERSION: string;
          const h = (tag: string, props: unknown, ...children: unknown[]) => [tag, props, children];
          export { Room } from "./room.js";
          export class Flow {};
          ${json(`[page, notes, [...new Uint8Array(data)], (await WebAssembly.instantiate(add)).exports.add(2, 3),
            VERSION, name, deep, <a b='c'>d</a>, process.env.NODE_ENV, Buffer.from("a").toString("hex"), required]`)}`,
        "page.html": "<p>${page}</p>",
        "notes.md": "# notes",
        "data.bin": Uint8Array.of(0, 255, 7),
        "math/add.wasm": ADD,
        "replaced.ts": `export default "replaced";`,
        "lib/deep.ts": `export default "deep";`,
        "room.js": "export class Room {}",
        "old.cjs": `const { isDeepStrictEqual } = require("util"); exports.required = isDeepStrictEqual({}, {});`,
        "other.json": JSON.stringify({ compilerOptions: { paths: { "~/*": ["./lib/*"] } } }),
      },
    );
    assert.deepEqual(await answer(made, flags), [
      ...["<p>${page}</p>", "# notes", [0, 255, 7], 5, "1.2", "replaced", "deep"],
      ...[["a", { b: "c" }, ["d"]], "production", "61", true],
    ]);
    assert.deepEqual(made.exports, ["Flow", "Room", "default"]);
    const hash = createHash("sha1").update(ADD).digest("hex");
    assert.deepEqual(
      made.files.map(({ name, contentType }) => [name.replace(/^\.\/[0-9a-f]{40}-/, ""), contentType]).sort(),
      [
        ["add.wasm", "application/wasm"],
        ["data.bin", "application/octet-stream"],
        ["index.js.map", "application/source-map"],
        ["notes.md", "text/plain"],
        ["page.html", "text/plain"],
      ],
    );
    assert.ok(made.files.some(({ name }) => name === `./${hash}-add.wasm`));
    assert.ok(!made.content.includes(root));
  });

  it("are the entry and the modules of its rules as they stand under no_bundle", async () => {
    const code = `import { env } from "cloudflare:workers";\nimport { one } from "./lib/one.js";\n// kept\n${json("[typeof env, one]")}`;
    const made = await bundle(
      {
        no_bundle: true,
        find_additional_modules: true,
        rules: [{ type: "ESModule", globs: ["lib/*.js"] }],
      },
      { "index.js": code, "lib/one.js": "export const one = 1;\n" },
    );
    assert.equal(made.content, code);
    assert.deepEqual(made.exports, ["default"]);
    assert.deepEqual(
      made.files.map(({ name, contentType }) => [name, contentType]),
      [["lib/one.js", "application/javascript+module"]],
    );
  });

  it("come after the build command of the file, which gets none of this process's variables", async () => {
    process.env.CLOUDFLARE_API_TOKEN = CANARY;
    try {
      const made = await bundle(
        { main: "dist/index.js", build: { command: "node build.mjs" } },
        {
          "build.mjs": `import { mkdirSync, writeFileSync } from "node:fs";
            mkdirSync("dist", { recursive: true });
            writeFileSync("dist/index.js", "export default { fetch: () => Response.json(" + JSON.stringify(Object.keys(process.env)) + ") };");`,
        },
      );
      const names = (await answer(made)) as string[];
      assert.ok(names.includes("PATH"));
      assert.deepEqual(
        names.filter(
          (name) => /PULUMI|CLOUDFLARE|TOKEN/.test(name) && name !== "CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV",
        ),
        [],
      );
      assert.deepEqual(made.files, []);
    } finally {
      delete process.env.CLOUDFLARE_API_TOKEN;
    }
  });

  it("are none for assets alone", async () => {
    const folder = write({ main: undefined, assets: { directory: "public" } }, { "public/index.html": "" });
    assert.equal(await compile(await config(folder)), undefined);
  });

  it("are none for assets alone that a build command makes, which runs all the same", async () => {
    const folder = write(
      {
        main: undefined,
        assets: { directory: "public" },
        build: { command: "mkdir -p public && echo made > public/index.html" },
      },
      {},
    );
    assert.equal(await compile(await config(folder)), undefined);
    assert.equal(readFileSync(join(folder, "public/index.html"), "utf8"), "made\n");
  });

  it("have the same hash on another machine, packages from a store outside the checkout included", async () => {
    const files = {
      "package-lock.json": "{}",
      "index.js": `import t from "./a.txt"; import far from "far"; ${json("[t, far]")}`,
      "a.txt": "a",
    };
    const here = write({}, files);
    const there = join(root, "quite", "another", "home");
    cpSync(here, there, { recursive: true });
    for (const [folder, store] of [
      [here, join(root, "store")],
      [there, join(root, "other", "deep", "store")],
    ] as const) {
      mkdirSync(join(store, "node_modules", "far"), { recursive: true });
      writeFileSync(join(store, "node_modules", "far", "index.js"), 'export default "far";\n');
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(join(store, "node_modules", "far"), join(folder, "node_modules", "far"));
    }
    const [one, other] = [
      await compile(await config(here)),
      await compile(await config(there, dirname(there))),
    ];
    assert.equal(one?.sha256, other?.sha256);
    assert.match(one?.content ?? "", /^\/\/ node_modules\/far\/index\.js$/m);
    assert.ok(!one?.content.includes("store"));
  });
});

describe("the hash of a Worker's modules", () => {
  it("is another one for any other name, type or byte", () => {
    const base = {
      mainModule: "a.js",
      content: "x",
      files: [{ name: "b", contentType: "text/plain", bytes: Uint8Array.of(1) }],
    };
    const [file] = base.files;
    assert.ok(file);
    const others = [
      { ...base, mainModule: "b.js" },
      { ...base, content: "y" },
      { ...base, files: [] },
      { ...base, files: [{ ...file, name: "c" }] },
      { ...base, files: [{ ...file, contentType: "application/wasm" }] },
      { ...base, files: [{ ...file, bytes: Uint8Array.of(2) }] },
      // The same bytes, cut elsewhere.
      { ...base, mainModule: "a.j", content: "sx" },
    ];
    assert.equal(new Set([base, ...others].map(hashOf)).size, others.length + 1);
  });
});

describe("code that can't be uploaded", () => {
  for (const { title, keys, files, says } of codeRows) {
    it(`is refused: ${title}`, async () => {
      const error = await bundle(keys ?? {}, files).then(
        () => assert.fail("it was compiled"),
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
