import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import type { Bundle } from "../../src/compile/bundle.ts";
import { CompileCache } from "../../src/compile/compile-cache.ts";
import { compilationOf, compileWorker } from "../../src/compile/compile-worker.ts";
import { readWorkerConfig } from "../../src/compile/wrangler/read.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";
import { BASE, TODAY } from "./wrangler-samples.ts";

const RUNS = Number(process.env.STALE_RUNS ?? 60);

/** A checkout with what decides a build in each of the ways that were seen to go stale. */
const FILES: Readonly<Record<string, string>> = {
  "package-lock.json": "{}",
  ".npmrc": "",
  "wrangler.json": JSON.stringify({ ...BASE, main: "src/index.ts", env: { prod: {} } }),
  "tsconfig.json": '{"extends": "./base.json"}',
  "base.json": '{"compilerOptions": {"target": "es2022"}}',
  "src/index.ts": `import { a } from "./lib/a";
import b from "b";
import c from "@scope/c";
import d from "./dir";
import s from "./shared/s.js";
export default { fetch: () => new Response(a + b + c + d + s) };
`,
  "src/lib/a.ts": 'export const a: string = "first a";\n',
  "src/dir/index.js": 'export default "first d";\n',
  "elsewhere/shared/s.js": 'export default "first s";\n',
  "other/shared/s.js": 'export default "second s";\n',
  "node_modules/b/package.json": '{"name": "b", "exports": {"workerd": "./one.js", "default": "./two.js"}}',
  "node_modules/b/one.js": 'export default "first b";\n',
  "node_modules/b/two.js": 'export default "second b";\n',
  "elsewhere/c/package.json": '{"name": "@scope/c", "main": "index.js"}',
  "elsewhere/c/index.js": 'export default "first c";\n',
  "elsewhere/c/slim.js": 'export default "slim c";\n',
  "other/c/index.js": 'export default "second c";\n',
  "public/index.html": "<p>page</p>",
  "README.md": "# words",
};

/** One change each. Whether it changes the code is for the comparison to find. */
const CHANGES: Readonly<Record<string, (place: Place) => void>> = {
  "a source": ({ write }) => write("src/lib/a.ts", 'export const a: string = "second a";\n'),
  "the entry": ({ write }) => write("src/index.ts", "export default { fetch: () => new Response('new') };\n"),
  "a package's exports": ({ write }) =>
    write("node_modules/b/package.json", '{"name": "b", "exports": {"default": "./two.js"}}'),
  "a package's code": ({ write }) => write("node_modules/b/one.js", 'export default "third b";\n'),
  "the browser field of a package": ({ write }) =>
    write("elsewhere/c/package.json", '{"name": "@scope/c", "main": "index.js", "browser": "slim.js"}'),
  "a tsconfig.json": ({ write }) => write("tsconfig.json", '{"compilerOptions": {"target": "es5"}}'),
  "what a tsconfig.json extends": ({ write }) =>
    write("base.json", '{"compilerOptions": {"paths": {"b": ["./src/lib/a.ts"]}}}'),
  "a nearer tsconfig.json": ({ write }) =>
    write("src/tsconfig.json", '{"compilerOptions": {"paths": {"b": ["./lib/a"]}}}'),
  "a jsconfig.json where there was none": ({ write }) =>
    write("src/dir/jsconfig.json", '{"compilerOptions": {"baseUrl": "."}}'),
  "the lock file": ({ write }) => write("package-lock.json", '{"packages": {}}'),
  "the lock file of another package manager": ({ write }) => write("yarn.lock", "# yarn"),
  "the Plug'n'Play file": ({ write }) => write(".pnp.cjs", "module.exports = {};"),
  ".npmrc": ({ write }) => write(".npmrc", "install-links=true"),
  ".env": ({ write }) => write(".env", "A=1"),
  "where a package's link leads": ({ link }) => link("node_modules/@scope/c", "other/c"),
  "where a folder's link leads": ({ link }) => link("src/shared", "other/shared"),
  "a file that wins over a folder": ({ write }) => write("src/dir.js", 'export default "second d";\n'),
  "a file that wins over another": ({ write }) => write("src/lib/a.tsx", 'export const a = "tsx";\n'),
  "a package that wins over another": ({ write }) =>
    write("src/node_modules/b/index.js", 'export default "near b";\n'),
  "a package of the same scope": ({ write }) => write("node_modules/@scope/d/index.js", ""),
  "a source that is gone": ({ remove }) => remove("src/lib/a.ts"),
  "a source that is moved": ({ move }) => move("src/dir/index.js", "src/dir/index.ts"),
  "the main of the wrangler file": ({ write }) =>
    write("wrangler.json", JSON.stringify({ ...BASE, main: "src/dir/index.js" })),
  "a variable of the wrangler file": ({ write }) =>
    write("wrangler.json", JSON.stringify({ ...BASE, main: "src/index.ts", vars: { A: "b" } })),
  "an env block": ({ write }) =>
    write(
      "wrangler.json",
      JSON.stringify({ ...BASE, main: "src/index.ts", env: { prod: { minify: true } } }),
    ),
  "a static asset": ({ write }) => write("public/index.html", "<p>other</p>"),
  "a folder that no import leads to": ({ write }) => write("public/deep/more.txt", "more"),
  words: ({ write }) => write("README.md", "# other words"),
};

interface Place {
  write(name: string, content: string): void;
  link(name: string, target: string): void;
  remove(name: string): void;
  move(from: string, to: string): void;
}

function placeOf(folder: string): Place {
  const at = (name: string) => join(folder, name);
  return {
    write(name, content) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
    },
    link(name, target) {
      rmSync(at(name), { force: true });
      mkdirSync(dirname(at(name)), { recursive: true });
      symlinkSync(at(target), at(name));
    },
    remove: (name) => rmSync(at(name), { force: true }),
    move: (from, to) => renameSync(at(from), at(to)),
  };
}

describe("compiled Workers are kept by all that they were made of", function () {
  this.timeout(600_000);
  const root = tempFolder();
  const { XDG_CACHE_HOME } = process.env;
  const cacheFolder = join(root, "cache", "worker-secrets", "workers");
  before(() => {
    process.env.XDG_CACHE_HOME = join(root, "cache");
  });
  after(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  });

  let count = 0;
  const checkout = (files: Readonly<Record<string, string>> = {}): string => {
    const folder = join(root, `checkout-${count++}`);
    const place = placeOf(folder);
    for (const [name, content] of Object.entries({ ...FILES, ...files })) place.write(name, content);
    place.link("node_modules/@scope/c", "elsewhere/c");
    place.link("src/shared", "elsewhere/shared");
    return folder;
  };
  const read = async (folder: string, environment?: string): Promise<WorkerConfig> => {
    const faults: unknown[] = [];
    const found = await readWorkerConfig(folder, { root, environment, today: TODAY }, faults as never);
    assert.ok(found, JSON.stringify(faults));
    return found;
  };
  const compile = async (folder: string): Promise<Bundle | undefined> =>
    compileWorker(await read(folder), {
      cache: new CompileCache(),
      onWarning: undefined,
      variables: {},
    });
  const kept = async (folder: string): Promise<Bundle | undefined> =>
    new CompileCache().get(compilationOf(await read(folder), { variables: {} }));
  /** With a cache that has nothing. */
  const fromNothing = async (folder: string): Promise<Bundle | undefined> => {
    process.env.XDG_CACHE_HOME = join(root, `empty-${count++}`);
    try {
      return await compile(folder);
    } finally {
      process.env.XDG_CACHE_HOME = join(root, "cache");
    }
  };

  let base: string;
  let first: Bundle | undefined;
  before(async () => {
    base = checkout();
    first = await compile(base);
  });

  it("the same files give the same modules, also in another checkout", async () => {
    assert.ok(first !== undefined);
    assert.equal((await kept(base))?.sha256, first.sha256);
    const folder = join(root, "quite", "elsewhere");
    cpSync(base, folder, { recursive: true, verbatimSymlinks: true });
    // Its links lead into the first checkout, which may change without this one.
    assert.equal((await kept(folder))?.sha256, undefined);
    placeOf(folder).link("node_modules/@scope/c", "elsewhere/c");
    placeOf(folder).link("src/shared", "elsewhere/shared");
    assert.equal((await kept(folder))?.sha256, first.sha256);
  });

  it(`${RUNS} random changes of one or two things leave nothing stale`, async () => {
    let compared = 0;
    const some = fc.uniqueArray(fc.constantFrom(...Object.keys(CHANGES)), { minLength: 1, maxLength: 2 });
    const seen = new Map<string, string | undefined>();
    await fc.assert(
      fc.asyncProperty(some, async (names) => {
        const folder = `${base}-before`;
        // In the same place, since a record may be of one place alone.
        renameSync(base, folder);
        cpSync(folder, base, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
        try {
          for (const name of names) CHANGES[name]?.(placeOf(base));
          const found = await kept(base).catch(() => undefined);
          if (found === undefined) return;
          compared += 1;
          const key = [...names].sort().join();
          if (!seen.has(key)) seen.set(key, (await fromNothing(base))?.sha256);
          assert.equal(found.sha256, seen.get(key), names.join(" and "));
        } finally {
          rmSync(base, { recursive: true });
          renameSync(folder, base);
        }
      }),
      { numRuns: RUNS, ...(process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }) },
    );
    if (RUNS >= 20) assert.ok(compared > 0, "nothing was ever kept");
  });

  it("each change of what decides the code is noticed", async () => {
    const harmless = ["a static asset", "a folder that no import leads to", "words"];
    for (const [name, change] of Object.entries(CHANGES)) {
      const folder = `${base}-before`;
      renameSync(base, folder);
      cpSync(folder, base, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      try {
        change(placeOf(base));
        const found = await kept(base).catch(() => undefined);
        assert.equal(found !== undefined, harmless.includes(name), name);
      } finally {
        rmSync(base, { recursive: true });
        renameSync(folder, base);
      }
    }
  });

  for (const [title, files] of [
    [
      "an import by a pattern",
      { "src/index.ts": "export default { fetch: (l) => import(`./dir/${l}.js`) };\n" },
    ],
    [
      "a module of a rule",
      {
        "src/index.ts": 'import t from "./t.txt";\nexport default { fetch: () => new Response(t) };\n',
        "src/t.txt": "t",
      },
    ],
    [
      "a tsconfig.json that leads further",
      { "tsconfig.json": '{"compilerOptions": {"paths": {"x/*": ["./a/*"]}}}' },
    ],
    [
      "no_bundle",
      {
        "wrangler.json": JSON.stringify({ ...BASE, main: "src/dir/index.js", no_bundle: true }),
        "src/dir/index.js": "export default { fetch() {} };\n",
      },
    ],
    [
      "a build command, which may read anything",
      {
        "wrangler.json": JSON.stringify({
          ...BASE,
          main: "src/dir/index.js",
          build: { command: "cp elsewhere/shared/s.js src/dir/s.js" },
        }),
        "src/dir/index.js": 'import s from "./s.js";\nexport default { fetch: () => new Response(s) };\n',
      },
    ],
  ] as const)
    it(`nothing is kept with ${title}`, async () => {
      const folder = checkout(files);
      assert.ok((await compile(folder)) !== undefined);
      assert.equal((await kept(folder))?.sha256, undefined);
    });

  it("another environment, wrangler or bundler has a record of its own", async () => {
    const compilation = compilationOf(await read(base), { variables: {} });
    const cache = new CompileCache();
    assert.equal((await cache.get(compilation))?.sha256, first?.sha256);
    const { wrangler } = compilation;
    for (const other of [
      compilationOf(await read(base, "prod"), { variables: {} }),
      { ...compilation, wrangler: { ...wrangler, version: "4.999.0" } },
      { ...compilation, wrangler: { ...wrangler, esbuild: "9.9.9" } },
    ])
      assert.equal((await cache.get(other))?.sha256, undefined);
  });

  it("the tsconfig.json that the wrangler file names decides as well", async () => {
    const named = { ...BASE, main: "src/dir/index.js", tsconfig: "other.json" };
    const folder = checkout({
      "wrangler.json": JSON.stringify(named),
      "src/dir/index.js": "export default { fetch() {} };\n",
      "other.json": "{}",
    });
    const made = await compile(folder);
    assert.ok(made !== undefined);
    assert.equal((await kept(folder))?.sha256, made.sha256);
    placeOf(folder).write("other.json", '{"compilerOptions": {"target": "es2020"}}');
    assert.equal((await kept(folder))?.sha256, undefined);
  });

  it("an input that is not where it was looked for is not taken for unchanged", async () => {
    const folder = checkout({
      "conf/wrangler.json": JSON.stringify({ ...BASE, main: "../src/dir/index.js" }),
      "src/dir/index.js": "export default { fetch() {} };\n",
    });
    const read = async () => {
      const faults: unknown[] = [];
      const context = { root, environment: undefined, today: TODAY, config: "conf/wrangler.json" };
      const found = await readWorkerConfig(folder, context, faults as never);
      assert.ok(found, JSON.stringify(faults));
      return found;
    };
    const context = { cache: new CompileCache(), onWarning: undefined, variables: {} };
    const first = await compileWorker(await read(), context);
    placeOf(folder).write("src/dir/index.js", "export default { fetch: () => new Response('new') };\n");
    const second = await compileWorker(await read(), { ...context, cache: new CompileCache() });
    assert.ok(first !== undefined && second !== undefined);
    assert.notEqual(second.sha256, first.sha256);
  });

  it("an env file of an env block decides as well", async () => {
    const folder = checkout();
    const prod = async () => {
      const worker = await read(folder, "prod");
      return { worker, kept: await new CompileCache().get(compilationOf(worker, { variables: {} })) };
    };
    const { worker } = await prod();
    const made = await compileWorker(worker, {
      cache: new CompileCache(),
      onWarning: undefined,
      variables: {},
    });
    assert.equal((await prod()).kept?.sha256, made?.sha256);
    placeOf(folder).write("README.md", "# other words");
    assert.equal((await prod()).kept?.sha256, made?.sha256);
    placeOf(folder).write(".env.prod", "NODE_ENV=development");
    assert.equal((await prod()).kept?.sha256, undefined);
  });

  it("what changes while wrangler runs is not kept", async () => {
    const folder = checkout({ "src/lib/a.ts": 'export const a: string = "racing";\n' });
    const running = compile(folder);
    // Made right before wrangler starts.
    while (!existsSync(join(folder, ".wrangler"))) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    placeOf(folder).write("src/lib/a.ts", 'export const a: string = "won";\n');
    await running;
    assert.equal((await kept(folder))?.sha256, undefined);
  });

  it("is in files of this user's alone; one that is damaged is as good as none", async () => {
    assert.equal(statSync(cacheFolder).mode & 0o777, 0o700);
    for (const name of readdirSync(cacheFolder)) {
      assert.equal(statSync(join(cacheFolder, name)).mode & 0o777, 0o600);
      writeFileSync(join(cacheFolder, name), readFileSync(join(cacheFolder, name)).subarray(0, -100));
    }
    assert.equal((await kept(base))?.sha256, undefined);
  });
});
