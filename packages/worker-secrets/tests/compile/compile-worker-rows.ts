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
    says: [[/^worker-\d+\/src\/bad\.js:2:\d+$/, /Unexpected|Expected/, /npx wrangler deploy --dry-run|./]],
  },
  {
    title: "imports that are not there, all of them",
    files: { "index.js": `import "./one.js";\nimport "two";\nexport default {};` },
    says: [
      [/index\.js:1:8$/, /Could not resolve "\.\/one\.js"/, /./],
      [/index\.js:2:8$/, /Could not resolve "two"/, /./],
    ],
  },
  {
    title: "no default export",
    files: { "index.js": "export class Room {}" },
    says: [[/^worker-\d+\/index\.js$/, /no default export.*10068/, /export default/]],
  },
  {
    title: "the older syntax",
    files: { "index.js": "addEventListener('fetch', (event) => event.respondWith(new Response('x')));" },
    says: [[/wrangler\.json$/, /service-worker syntax/, /export default/]],
  },
  {
    title: "a build command that fails",
    keys: { build: { command: "echo from-the-build >&2; exit 3" } },
    files: { "index.js": "export default {};" },
    says: [
      [
        /wrangler\.json$/,
        /^the build command 'echo from-the-build >&2; exit 3' failed: from-the-build$/,
        /Run it in/,
      ],
    ],
  },
];
