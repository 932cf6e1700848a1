import type { Project } from "./project.ts";

const ANSWER = (text: string) => `export default { fetch: () => new Response(${text}) };`;

/** `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))` */
const ADD = Uint8Array.from(
  "0061736d0100000001070160027f7f017f03020100070701036164640000 0a09010700200020016a0b"
    .replaceAll(" ", "")
    .match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);

/** How code is written, found and bundled. */
export const languages: readonly Project[] = [
  {
    name: "plain-javascript",
    config: { main: "index.js" },
    files: { "index.js": ANSWER('"plain"') },
    answers: "plain",
  },
  {
    // wrangler uploads a map here, and the stack none (docs/workers.md).
    name: "map-not-asked-for",
    config: { main: "index.js", upload_source_maps: undefined },
    files: { "index.js": ANSWER('"no map"') },
    answers: "no map",
  },
  {
    name: "typescript-paths",
    config: { main: "src/index.ts" },
    files: {
      "tsconfig.json": JSON.stringify({
        extends: "./tsconfig.base.json",
        compilerOptions: { paths: { "@lib/*": ["./src/lib/*"] } },
      }),
      "tsconfig.base.json": JSON.stringify({
        compilerOptions: { target: "esnext", experimentalDecorators: true },
      }),
      "src/index.ts": `import { greet } from "@lib/greet";\n${ANSWER('greet("paths" as string)')}`,
      "src/lib/greet.ts":
        'enum Kind { Warm = "warm" }\nexport const greet = (who: string): string => `${Kind.Warm} ${who}`;',
    },
    answers: "warm paths",
  },
  {
    name: "own-tsconfig-jsx",
    config: { main: "index.tsx", tsconfig: "tsconfig.worker.json" },
    files: {
      "tsconfig.json": JSON.stringify({ compilerOptions: { jsx: "react", jsxFactory: "wrong" } }),
      "tsconfig.worker.json": JSON.stringify({ compilerOptions: { jsx: "react", jsxFactory: "h" } }),
      "index.tsx":
        "const h = (tag: string, _: null, text: string) => `<${tag}>${text}</${tag}>`;\nexport default { fetch: () => new Response(<b>jsx</b>) };",
    },
    answers: "<b>jsx</b>",
  },
  {
    name: "alias-define-minify",
    config: {
      main: "index.js",
      alias: { "the-name": "./other.js" },
      define: { MODE: '"defined"' },
      minify: true,
      keep_names: false,
    },
    files: {
      "index.js": `import { longFunctionName } from "the-name";\n${ANSWER("longFunctionName(MODE)")}`,
      "other.js": "export function longFunctionName(mode) { return `aliased ${mode}`; }",
    },
    answers: "aliased defined",
  },
  {
    name: "web-assembly",
    config: { main: "index.js" },
    files: {
      "add.wasm": ADD,
      "index.js":
        "import add from './add.wasm';\nexport default { async fetch() { const { exports } = await WebAssembly.instantiate(add); return new Response(String(exports.add(2, 3))); } };",
    },
    answers: "5",
  },
  {
    name: "text-and-data",
    config: { main: "index.js", rules: [{ type: "Text", globs: ["**/*.md"], fallthrough: true }] },
    files: {
      "page.html": "<p>ü</p>",
      "read.md": "# read",
      "bytes.bin": Uint8Array.of(0, 255, 10),
      "index.js":
        "import page from './page.html';\nimport read from './read.md';\nimport bytes from './bytes.bin';\nexport default { fetch: () => new Response(page + read + [...new Uint8Array(bytes)]) };",
    },
    answers: "<p>ü</p># read0,255,10",
  },
  {
    name: "no-bundle",
    config: {
      main: "src/index.js",
      no_bundle: true,
      rules: [
        { type: "ESModule", globs: ["**/*.js"] },
        { type: "Text", globs: ["**/*.txt"] },
      ],
    },
    files: {
      "src/index.js":
        "import { part } from './lib/part.js';\nimport text from './words.txt';\nexport default { fetch: () => new Response(part + text) };",
      "src/lib/part.js": "export const part = 'a part, ';",
      "src/words.txt": "words",
    },
    answers: "a part, words",
  },
  {
    name: "found-modules",
    config: {
      main: "src/index.js",
      find_additional_modules: true,
      base_dir: "src",
      rules: [{ type: "ESModule", globs: ["lang/*.js"] }],
    },
    files: {
      "src/index.js":
        "export default { async fetch(request) { const lang = new URL(request.url).pathname.slice(1) || 'en'; return new Response((await import(`./lang/${lang}.js`)).hello); } };",
      "src/lang/en.js": "export const hello = 'hello';",
      "src/lang/de.js": "export const hello = 'hallo';",
    },
    paths: ["/", "/de"],
    answers: "hello",
  },
  {
    name: "template-import",
    config: { main: "index.js" },
    files: {
      "index.js":
        "export default { async fetch(request) { const lang = new URL(request.url).pathname.slice(1) || 'en'; return new Response((await import(`./lang/${lang}.js`)).hello); } };",
      "lang/en.js": "export const hello = 'hello';",
      "lang/de.js": "export const hello = 'hallo';",
    },
    paths: ["/", "/de"],
    answers: "hello",
  },
  {
    name: "build-command",
    config: {
      main: "../out/build-command/worker.js",
      build: { command: "node make.mjs", cwd: "tools", watch_dir: "src" },
    },
    files: {
      "tools/make.mjs":
        "import { mkdirSync, writeFileSync } from 'node:fs';\nmkdirSync('../../out/build-command', { recursive: true });\nwriteFileSync('../../out/build-command/worker.js', `export default { fetch: () => new Response('built') };`);",
      "src/none.txt": "",
    },
    answers: "built",
  },
  {
    name: "commonjs-and-conditions",
    config: { main: "index.js" },
    files: {
      "index.js": `import old from "old";\nimport where from "where";\n${ANSWER("old.name + where + __filename_of_nothing()")}\nconst __filename_of_nothing = () => "";`,
      "node_modules/old/package.json": JSON.stringify({ name: "old", version: "1.0.0", main: "main.cjs" }),
      "node_modules/old/main.cjs": "exports.name = 'common ';",
      "node_modules/where/package.json": JSON.stringify({
        name: "where",
        version: "1.0.0",
        exports: { ".": { workerd: "./workerd.js", browser: "./browser.js", default: "./node.js" } },
      }),
      "node_modules/where/workerd.js": "export default 'workerd';",
      "node_modules/where/browser.js": "export default 'browser';",
      "node_modules/where/node.js": "export default 'node';",
    },
    answers: "common workerd",
  },
  {
    name: "node-polyfills",
    config: { main: "index.js", compatibility_date: "2024-08-01", compatibility_flags: ["nodejs_compat"] },
    files: {
      "index.js":
        "import { Buffer } from 'node:buffer';\nimport { createHash } from 'node:crypto';\nexport default { fetch: () => new Response(createHash('sha256').update(Buffer.from('x')).digest('hex')) };",
    },
    answers: "2d711642",
  },
  {
    name: "node-unenv",
    config: { main: "index.js", compatibility_date: "2024-10-01", compatibility_flags: ["nodejs_compat"] },
    files: {
      "index.js":
        "import { join } from 'node:path';\nimport { EventEmitter } from 'events';\nexport default { fetch: () => new Response(join('a', 'b') + typeof EventEmitter + typeof process.nextTick) };",
    },
    answers: "a/bfunctionfunction",
  },
  {
    name: "process-variables",
    config: {
      main: "index.js",
      compatibility_flags: ["nodejs_compat", "nodejs_compat_populate_process_env"],
      vars: { GREETING: "from vars", OBJECT: { a: [1, null, "ü"] } },
    },
    files: {
      "index.js": ANSWER("process.env.GREETING + process.env.OBJECT"),
    },
    answers: "from vars",
  },
];
