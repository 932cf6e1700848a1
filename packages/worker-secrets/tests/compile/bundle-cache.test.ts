import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { bundleWithSources } from "../../src/compile/bundle.ts";
import { BundleCache } from "../../src/compile/bundle-cache.ts";
import { readWorkerConfig } from "../../src/compile/wrangler/read.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";
import { BASE, type Keys, TODAY } from "./wrangler-samples.ts";

/** The smallest module of WebAssembly. */
const WASM = Buffer.from("0061736d01000000", "hex");

const FILES = {
  "index.ts":
    'import { a } from "./lib/a";\nimport b from "b";\nimport c from "@scope/c";\nimport text from "./t.txt";\n' +
    'import wasm from "./m.wasm";\nexport default { fetch: () => new Response(a + b + c + text + wasm) };\n',
  "lib/a.ts": 'export const a: string = "first a";\n',
  "t.txt": "first text",
  "m.wasm": WASM,
  "node_modules/b/package.json": '{"name": "b", "main": "one.js"}',
  "node_modules/b/one.js": 'export default "first b";\n',
  "node_modules/b/two.js": 'export default "second b";\n',
  "elsewhere/c/index.js": 'export default "first c";\n',
  "other/c/index.js": 'export default "second c";\n',
};

describe("bundles are kept by the content that they were made of", () => {
  const root = tempFolder();
  const { XDG_CACHE_HOME } = process.env;
  before(() => {
    process.env.XDG_CACHE_HOME = join(root, "cache");
  });
  after(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  });

  let folder: string;
  let count = 0;
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  const link = (target: string) => {
    rmSync(join(folder, "node_modules/@scope/c"), { force: true });
    mkdirSync(join(folder, "node_modules/@scope"), { recursive: true });
    symlinkSync(join(folder, target), join(folder, "node_modules/@scope/c"));
  };
  const read = async (keys: Keys = {}): Promise<WorkerConfig> => {
    write("wrangler.json", JSON.stringify({ ...BASE, main: "index.ts", ...keys }));
    const faults: unknown[] = [];
    const found = await readWorkerConfig(
      folder,
      { root, environment: undefined, today: TODAY },
      faults as never,
    );
    assert.ok(found, JSON.stringify(faults));
    return found;
  };
  const keep = async (worker: WorkerConfig) => {
    const made = await bundleWithSources(worker);
    assert.ok(made?.sources !== undefined);
    await new BundleCache().put(worker, made.bundle, made.sources);
    return made.bundle;
  };
  const kept = (worker: WorkerConfig) => new BundleCache().get(worker);

  beforeEach(() => {
    folder = join(root, `worker-${count++}`);
    for (const [name, content] of Object.entries(FILES)) write(name, content);
    link("elsewhere/c");
  });

  it("the same files give the same bundle, WebAssembly and all", async () => {
    const worker = await read();
    assert.equal(await kept(worker), undefined);
    const made = await keep(worker);
    const again = await kept(worker);
    assert.deepEqual(
      again && { ...again, files: again.files.map(({ bytes, ...file }) => [file, [...bytes]]) },
      { ...made, files: made.files.map(({ bytes, ...file }) => [file, [...bytes]]) },
    );
  });

  for (const [what, change] of [
    ["a source", () => write("lib/a.ts", 'export const a: string = "second a";\n')],
    ["a text", () => write("t.txt", "second text")],
    ["a module of WebAssembly", () => write("m.wasm", Buffer.concat([WASM, Buffer.from([0, 1, 0])]))],
    ["a package's package.json", () => write("node_modules/b/package.json", '{"main": "two.js"}')],
    ["a file that comes before another in an import", () => write("lib/a.tsx", 'export const a = "tsx";\n')],
    ["a package that comes before another", () => write("node_modules/@scope/d/index.js", "")],
    ["a nearer folder of packages", () => write("lib/node_modules/b/index.js", "")],
    ["where a package's link leads", () => link("other/c")],
    [
      "a tsconfig.json",
      () => write("tsconfig.json", '{"compilerOptions": {"useDefineForClassFields": false}}'),
    ],
  ] as const) {
    it(`not after a change of ${what}`, async () => {
      const worker = await read();
      await keep(worker);
      change();
      assert.equal(await kept(worker), undefined);
    });
  }

  it("not for other keys of the wrangler file that the bundler reads", async () => {
    await keep(await read());
    assert.equal(await kept(await read({ minify: true })), undefined);
    assert.equal(await kept(await read({ define: { X: "1" } })), undefined);
    assert.notEqual(await kept(await read({ vars: { GREETING: "hello" } })), undefined);
  });

  it("not where a tsconfig.json leads to files that are not followed", async () => {
    write("tsconfig.json", '{"compilerOptions": {"paths": {"x/*": ["./a/*", "./b/*"]}}}');
    const worker = await read();
    await keep(worker);
    assert.equal(await kept(worker), undefined);
  });

  it("in files of this user's alone; one that is damaged is as good as none", async () => {
    const worker = await read();
    await keep(worker);
    const cache = join(root, "cache", "worker-secrets", "bundles");
    assert.equal(statSync(cache).mode & 0o777, 0o700);
    for (const name of readdirSync(cache)) {
      assert.equal(statSync(join(cache, name)).mode & 0o777, 0o600);
      writeFileSync(join(cache, name), readFileSync(join(cache, name)).subarray(0, -100));
    }
    assert.equal(await kept(worker), undefined);
  });
});
