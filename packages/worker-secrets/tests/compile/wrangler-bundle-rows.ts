import type { Keys } from "./wrangler-samples.ts";

/** Code that can't be uploaded, and all that has to be said about it. */
export interface CodeRow {
  readonly title: string;
  readonly keys?: Keys;
  readonly files: Readonly<Record<string, string>>;
  /** One fault each: where, what and fix. */
  readonly says: readonly (readonly [where: RegExp, what: RegExp, fix: RegExp])[];
}

export const codeRows: readonly CodeRow[] = [
  {
    title: "a syntax error, with its place from the project's folder",
    files: { "index.js": "import './src/bad.js';\nexport default {};", "src/bad.js": "\nlet = = 1;" },
    says: [[/^worker-\d+\/src\/bad\.js:2:\d+$/, /Unexpected|Expected/, /Fix the Worker's code/]],
  },
  {
    title: "imports that are not there, all of them",
    files: { "index.js": `import "./one.js";\nimport "two";\nexport default {};` },
    says: [
      [/index\.js:1:8$/, /Could not resolve "\.\/one\.js"/, /Fix the Worker.s code/],
      [/index\.js:2:8$/, /Could not resolve "two"/, /Fix the Worker.s code/],
    ],
  },
  {
    title: "a module of Node without the flag",
    files: { "index.js": `import "fs";\nexport default {};` },
    says: [
      [
        /index\.js:1:8$/,
        /Could not resolve "fs"/,
        /"nodejs_compat" to 'compatibility_flags' in worker-\d+\/wrangler\.json/,
      ],
    ],
  },
  {
    title: "a text that is not there",
    files: { "index.js": `import "./none.txt";\nexport default {};` },
    says: [[/index\.js:1:8$/, /none\.txt/, /Fix the Worker.s code/]],
  },
  {
    title: "a module whose rule is switched off",
    keys: { rules: [{ type: "Text", globs: ["**/*.md"] }] },
    files: { "index.js": `import "./page.html";\nexport default {};`, "page.html": "" },
    says: [
      [/index\.js:1:8$/, /earlier rule of the same type without 'fallthrough'/, /Fix the Worker.s code/],
    ],
  },
  {
    title: "no default export",
    files: { "index.js": "export class Room {}" },
    says: [[/^worker-\d+\/index\.js$/, /no default export.*10068/, /export default/]],
  },
  {
    title: "no_bundle with modules of its own, in TypeScript",
    keys: { no_bundle: true, main: "index.ts" },
    files: { "index.ts": `import "./one.js";\nexport default {};` },
    says: [
      [/index\.ts$/, /imports '\.\/one\.js'.*only module/, /no_bundle/],
      [/index\.ts$/, /has to be JavaScript/, /built module/],
    ],
  },
];
