import type { Keys } from "./wrangler-samples.ts";

export type Says = readonly [where: RegExp, what: RegExp, fix: RegExp];

/** One wrangler file with mistakes, and all that has to be said about it. */
export interface Row {
  readonly title: string;
  /** The file's text, or its keys besides the least that it has to say. */
  readonly text?: string;
  readonly keys?: Keys;
  readonly file?: string;
  readonly environment?: string;
  /** Every fault in order: where, what and how to mend it. */
  readonly says: readonly Says[];
}

export const TOML = 'name = "shop"\nmain = "index.js"\ncompatibility_date = "2026-10-01"\n';

export const rows: readonly Row[] = [
  {
    title: "crons that are none, or stand twice",
    keys: {
      triggers: {
        crons: ["nonsense", "0 3 * * MON#2", "every five minutes or so", "* * * * *", "* * * * *"],
      },
    },
    says: [
      [/wrangler\.jsonc/, /'nonsense' is no cron/, /take it out/],
      [/wrangler\.jsonc/, /'every five minutes or so' is no cron: .*five fields/, /take it out/],
      [/wrangler\.jsonc/, /the cron '\* \* \* \* \*' stands twice/, /take it out/],
    ],
  },
  {
    title: "one slip in JSON is one fault",
    text: '{\n  "name": "shop",\n  "main" "index.js",\n  "compatibility_date": "2026-10-01"\n}',
    says: [[/^worker\/wrangler\.jsonc:3:10$/, /not valid JSONC: colon expected/, /Mend/]],
  },
  {
    title: "a file that ends too early",
    text: '{ "name": "shop",',
    says: [[/wrangler\.jsonc:1:\d+$/, /not valid JSONC/, /Mend/]],
  },
  { title: "an empty file", text: " \n", says: [[/wrangler\.jsonc$/, /is empty/, /'name', 'main'/]] },
  { title: "a list", text: "[]", says: [[/wrangler\.jsonc$/, /must hold an object/, /wrangler-keys/]] },
  {
    title: "values nested without end",
    text: "[".repeat(200_000),
    says: [[/wrangler\.jsonc/, /nested too deep|not valid JSONC/, /Mend/]],
  },
  {
    title: "a key that stands twice, of which JSON would drop the first",
    text: `{"name":"shop","main":"index.js","compatibility_date":"2026-10-01",\n"vars":{"A":"1"},\n"vars":{"B":"2"}}`,
    says: [[/wrangler\.jsonc:3:1$/, /'vars' stands twice/, /Take one/]],
  },
  {
    title: "a slip in TOML",
    file: "wrangler.toml",
    text: `${TOML}[vars]\nA = = 1\n`,
    says: [[/^worker\/wrangler\.toml:5:\d+$/, /not valid TOML/, /Mend/]],
  },
  {
    title: "several things in TOML, each at its place",
    file: "wrangler.toml",
    text: `${TOML}compatibility_flags = "nodejs_compat"\n[[kv_namespaces]]\nbinding = "ONE"\n[[kv_namespaces]]\nid = "2"\n[vars]\nDAY = 2026-10-01\n`,
    says: [
      [/wrangler\.toml:4:1$/, /'compatibility_flags' must be a list/, /wrangler-keys/],
      [/wrangler\.toml:7:1$/, /'kv_namespaces\[1\]\.binding' is missing/, /wrangler-keys/],
      [/wrangler\.toml:10:1$/, /'vars\.DAY' is not JSON.*put a date in quotes/, /wrangler-keys/],
    ],
  },
  {
    title: "all that is missing",
    text: "{}",
    says: [
      [/wrangler\.jsonc$/, /'name' is missing/, /wrangler-keys/],
      [/wrangler\.jsonc$/, /'compatibility_date' is missing/, /wrangler-keys/],
    ],
  },
  {
    title: "neither code nor assets",
    text: '{"name":"shop","compatibility_date":"2026-10-01"}',
    says: [[/wrangler\.jsonc$/, /'main' is missing/, /'assets'/]],
  },
  {
    title: "misspelt keys, at every depth",
    text: '{"name":"shop","main":"index.js","compatibility_date":"2026-10-01",\n"compatability_flags":[],\n"queues":{"producers":[{"binding":"Q",\n"delay":1}]},\n"constructor":1}',
    says: [
      [/:2:1$/, /'compatability_flags' is not a key/, /spelling/],
      [/:4:1$/, /'queues\.producers\[0\]\.delay' is not a key/, /spelling/],
      [/:5:1$/, /'constructor' is not a key/, /spelling/],
    ],
  },
  {
    title: "refused keys, with why and what instead",
    keys: {
      services: [{ binding: "S", service: "other", props: { a: 1 } }],
      build: { command: "npm run build" },
      unsafe: { bindings: [] },
      pages_build_output_dir: "dist",
    },
    says: [
      [/jsonc:\d+:\d+$/, /'build\.command' can't be translated/, /Run the command before `pulumi up`/],
      [/jsonc:\d+:\d+$/, /'pages_build_output_dir' can't be translated: this is a Pages project/, /Worker/],
      [/jsonc:\d+:\d+$/, /'services\[0\]\.props' can't be translated.*no field/, /Give the callee/],
      [/jsonc:\d+:\d+$/, /'unsafe' can't be translated/, /Take it out/],
    ],
  },
  {
    title: "values of the wrong kind",
    keys: {
      minify: "yes",
      limits: { cpu_ms: "50" },
      cache: [],
      queues: { producers: {} },
      vars: ["A"],
      assets: { directory: "public", html_handling: "x" },
    },
    says: [
      [/jsonc:\d+:\d+$/, /'cache' must be an object/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /'vars' must be an object/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /'limits\.cpu_ms' must be a number/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /'minify' must be true or false/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /'assets\.html_handling' must be "auto-trailing-slash" or /, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /'queues\.producers' must be a list/, /wrangler-keys/],
    ],
  },
  {
    title: "days that are none, or not yet",
    keys: { compatibility_date: "2026-02-30" },
    says: [[/jsonc:\d+:\d+$/, /is not a day of the calendar/, /wrangler-keys/]],
  },
  {
    title: "a day in the future",
    keys: { compatibility_date: "2026-11-02" },
    says: [[/jsonc:\d+:\d+$/, /2026-11-02 is in the future.*10021/, /up to 2026-11-01/]],
  },
  {
    title: "files and folders that are not there",
    keys: { main: "none.js", tsconfig: "none.json", assets: { directory: "./none" } },
    says: [
      [/jsonc:3:\d+$/, /the entry 'none\.js' does not exist/, /'main'/],
      [/jsonc:\d+:\d+$/, /the folder 'none' does not exist/, /Build the assets/],
      [/jsonc:\d+:\d+$/, /'none\.json' does not exist/, /folder/],
    ],
  },
  {
    title: "names of bindings that are wrong, or there twice, of whatever kind",
    keys: {
      vars: { ONE: "1", "A-B": "2" },
      kv_namespaces: [{ binding: "ONE", id: "1" }],
      queues: { producers: [{ binding: "TWO", queue: "q" }] },
      ai: { binding: "TWO" },
      secrets: { required: ["TWO"] },
    },
    says: [
      [/jsonc:\d+:\d+$/, /'A-B' is not an identifier/, /Rename/],
      [
        /jsonc:\d+:\d+$/,
        /'ONE' is declared twice \(first at worker\/wrangler\.jsonc:\d+:\d+\).*10053/,
        /Keep one/,
      ],
      [/jsonc:\d+:\d+$/, /'TWO' is declared twice/, /Keep one/],
      [/jsonc:\d+:\d+$/, /'TWO' is declared twice/, /Keep one/],
    ],
  },
  {
    title: "too many variables and secrets",
    keys: {
      vars: { ONE: "1" },
      secrets: { required: Array.from({ length: 128 }, (_, index) => `S_${index}`) },
    },
    says: [
      [/jsonc:\d+:\d+$/, /129 variables and secrets; a Worker takes at most 128 \(10055\)/, /JSON secret/],
    ],
  },
  {
    title: "routes that contradict themselves",
    keys: {
      route: "a.example/*",
      routes: [
        { pattern: "b.example/*", zone_id: "1", zone_name: "b" },
        { pattern: "c.example/*", custom_domain: true },
        { pattern: "d.example", custom_domain: true, enabled: false },
      ],
    },
    says: [[/jsonc:\d+:\d+$/, /'routes\[2\]\.enabled' can't be translated/, /Take it out/]],
  },
  {
    title: "routes that exclude each other",
    keys: {
      route: "a.example/*",
      routes: [
        { pattern: "b.example/*", zone_id: "1", zone_name: "b" },
        { pattern: "c.example/*", custom_domain: true },
      ],
    },
    says: [
      [/jsonc:\d+:\d+$/, /wrangler would ignore 'route'/, /Keep one/],
      [/jsonc:\d+:\d+$/, /'zone_id' and 'zone_name'/, /Keep one/],
      [/jsonc:\d+:\d+$/, /'c\.example\/\*' may hold neither/, /host alone/],
    ],
  },
  {
    title: "other keys that exclude each other",
    keys: {
      placement: { mode: "smart", region: "aws:us-east-1" },
      migrations: [{ tag: "v1" }, { tag: "v1" }],
      pipelines: [{ binding: "P" }],
      send_email: [{ name: "M", destination_address: "a@b.c", allowed_destination_addresses: [] }],
      no_bundle: true,
      minify: true,
    },
    says: [
      [/jsonc:\d+:\d+$/, /'minify' has no effect with 'no_bundle'/, /Take one/],
      [/jsonc:\d+:\d+$/, /mode 'smart' has no 'region'/, /targeted/],
      [/jsonc:\d+:\d+$/, /the migration tag 'v1' stands twice/, /of its own/],
      [/jsonc:\d+:\d+$/, /'stream' is missing/, /'stream'/],
      [/jsonc:\d+:\d+$/, /'destination_address' and/, /Keep one/],
    ],
  },
  {
    title: "bindings of a Worker without code",
    text: '{"name":"shop","compatibility_date":"2026-10-01","assets":{"directory":"public"},"vars":{"A":"1"}}',
    says: [[/jsonc$/, /no code that could read a binding/, /Add 'main'/]],
  },
  {
    title: "a block that is not there",
    keys: { env: { prod: {}, staging: {} } },
    environment: "production",
    says: [[/jsonc:\d+:\d+$/, /no block 'env\.production'; the file has 'prod', 'staging'/, /Add the block/]],
  },
  {
    title: "what is wrong in a block, at its own place and by its full name",
    keys: { env: { prod: { alias: {}, vars: { A: "1" }, secrets: { required: ["A"] }, minfy: true } } },
    environment: "prod",
    says: [
      [/jsonc:\d+:\d+$/, /'alias' counts for the whole file/, /top level/],
      [/jsonc:\d+:\d+$/, /'env\.prod\.minfy' is not a key/, /spelling/],
      [/jsonc:\d+:\d+$/, /'A' is declared twice/, /Keep one/],
    ],
  },
];
