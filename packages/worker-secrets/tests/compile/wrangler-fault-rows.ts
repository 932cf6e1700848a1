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
  /** Every fault in order: where, what and how to correct it. */
  readonly says: readonly Says[];
}

export const TOML = 'name = "shop"\nmain = "index.js"\ncompatibility_date = "2026-10-01"\n';

export const rows: readonly Row[] = [
  {
    title: "crons that are none, or stand twice",
    keys: {
      triggers: {
        crons: [
          "nonsense words",
          "0 3 * * MON#2",
          "every five minutes or so",
          "* * * * *",
          "* * * * *",
          "60 * * * *",
          "0 0 LW JAN-MAR MON-FRI",
          "0 0 1,15W */2 0",
        ],
      },
    },
    says: [
      [/wrangler\.jsonc/, /'nonsense words' is no cron: it takes five fields/, /take it out/],
      [/wrangler\.jsonc/, /'every five minutes or so' is no cron: 'every' is no minute/, /take it out/],
      [/wrangler\.jsonc/, /the cron '\* \* \* \* \*' stands twice/, /take it out/],
      [/wrangler\.jsonc/, /'60 \* \* \* \*' is no cron: '60' is no minute \(0 to 59\)/, /take it out/],
      [/wrangler\.jsonc/, /'0' is no day of the week \(1 to 7, or SUN to SAT\)/, /take it out/],
    ],
  },
  {
    title: "one slip in JSON is one fault",
    text: '{\n  "name": "shop",\n  "main" "index.js",\n  "compatibility_date": "2026-10-01"\n}',
    says: [[/^worker\/wrangler\.jsonc:3:10$/, /not valid JSONC: colon expected/, /Correct/]],
  },
  {
    title: "a file that ends too early",
    text: '{ "name": "shop",',
    says: [[/wrangler\.jsonc:1:\d+$/, /not valid JSONC/, /Correct/]],
  },
  { title: "an empty file", text: " \n", says: [[/wrangler\.jsonc$/, /is empty/, /'name', 'main'/]] },
  { title: "a list", text: "[]", says: [[/wrangler\.jsonc/, /must hold an object/, /'name', 'main'/]] },
  {
    title: "values nested without end",
    text: "[".repeat(200_000),
    says: [[/wrangler\.jsonc/, /nested too deep|not valid JSONC/, /Correct/]],
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
    says: [[/^worker\/wrangler\.toml:5:\d+$/, /not valid TOML/, /Correct/]],
  },
  {
    title: "several things in TOML, each at its place",
    file: "wrangler.toml",
    text: `${TOML}compatibility_flags = "nodejs_compat"\n[[kv_namespaces]]\nbinding = "ONE"\n[[kv_namespaces]]\nid = "2"\n[vars]\nDAY = 2026-10-01\n`,
    says: [
      [/wrangler\.toml:4:1$/, /"compatibility_flags".* string array/, /wrangler-keys/],
      [/wrangler\.toml:10:1$/, /"vars\.DAY" is a TOML date/, /wrangler-keys/],
      [
        /wrangler\.toml:7:1$/,
        /"kv_namespaces\[1\]" bindings should have a string "binding"/,
        /wrangler-keys/,
      ],
    ],
  },
  {
    title: "all that is missing",
    text: "{}",
    says: [
      [/wrangler\.jsonc/, /'name' is missing/, /script's name/],
      [/wrangler\.jsonc/, /'main' is missing/, /'assets'/],
      [/wrangler\.jsonc/, /'compatibility_date' is missing/, /up to 2026-11-01/],
    ],
  },
  {
    title: "neither code nor assets",
    text: '{"name":"shop","compatibility_date":"2026-10-01"}',
    says: [[/wrangler\.jsonc/, /'main' is missing/, /'assets'/]],
  },
  {
    title: "refused keys, with why and what instead",
    keys: {
      services: [{ binding: "S", service: "other", props: { a: 1 } }],
      unsafe: { bindings: [{ name: "X", type: "y" }] },
      containers: [],
      keep_vars: true,
      pages_build_output_dir: "dist",
    },
    says: [
      [/jsonc:\d+:\d+$/, /'services\[0\]\.props' can't be translated.*no field/, /Give the callee/],
      [/jsonc:\d+:\d+$/, /'unsafe' can't be translated/, /Take it out/],
      [/jsonc:\d+:\d+$/, /'keep_vars' can't be translated/, /Take it out/],
      [/jsonc:\d+:\d+$/, /'pages_build_output_dir' can't be translated: this is a Pages project/, /Worker/],
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
      [
        /jsonc:18:\d+$/,
        /wrangler refuses it: Expected "assets\.html_handling".*auto-trailing/,
        /wrangler-keys/,
      ],
      [/jsonc:7:\d+$/, /"limits\.cpu_ms" to be of type number but got "50"/, /wrangler-keys/],
      [/jsonc:11:\d+$/, /"queues\.producers" should be an array/, /wrangler-keys/],
      [/jsonc:5:\d+$/, /"minify" to be of type boolean/, /wrangler-keys/],
      [/jsonc:9:\d+$/, /"cache\.enabled" is a required field/, /wrangler-keys/],
    ],
  },
  {
    title: "days that are none, or not yet",
    keys: { compatibility_date: "2026-02-30" },
    says: [[/jsonc:\d+:\d+$/, /is not a day of the calendar/, /YYYY-MM-DD/]],
  },
  {
    title: "a day in the future",
    keys: { compatibility_date: "2026-11-02" },
    says: [[/jsonc:\d+:\d+$/, /2026-11-02 is in the future.*10021/, /up to 2026-11-01/]],
  },
  {
    title: "files and folders that are not there",
    keys: { main: "none.js", assets: { directory: "./none" } },
    says: [
      [/jsonc:3:\d+$/, /the entry 'none\.js' does not exist/, /'main'/],
      [/jsonc:\d+:\d+$/, /the folder 'none' does not exist/, /Build the assets/],
    ],
  },
  {
    title: "names of bindings that are none, and values of a template",
    keys: {
      vars: { "A-B": "2" },
      kv_namespaces: [{ binding: "ONE", id: "<YOUR_KV_ID>" }],
      vectorize: [{ binding: "TWO", index_name: "REPLACE_ME" }],
    },
    says: [
      [/jsonc:\d+:\d+$/, /'A-B' is not an identifier/, /Rename/],
      [/jsonc:\d+:\d+$/, /'ONE' has '<YOUR_KV_ID>', a placeholder/, /declare the resource/],
      [/jsonc:\d+:\d+$/, /'TWO' has 'REPLACE_ME', a placeholder/, /declare the resource/],
    ],
  },
  {
    title: "names that are bound twice, of whatever kind",
    keys: {
      vars: { ONE: "1" },
      kv_namespaces: [{ binding: "ONE", id: "1" }],
      queues: { producers: [{ binding: "TWO", queue: "q" }] },
      ai: { binding: "TWO" },
      secrets: { required: ["TWO"] },
    },
    says: [
      [
        /jsonc:\d+:\d+$/,
        /'ONE' is bound twice, as .* \(first at worker\/wrangler\.jsonc:\d+:\d+\).*10053/,
        /Keep one/,
      ],
      [/jsonc:\d+:\d+$/, /'TWO' is bound twice/, /Keep one/],
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
    title: "routes that can't be made",
    keys: {
      routes: [{ pattern: "d.example", custom_domain: true, enabled: false }],
    },
    says: [[/jsonc:\d+:\d+$/, /'routes\[0\]\.enabled' can't be translated/, /Take it out/]],
  },
  {
    title: "domains with a path",
    keys: {
      routes: [{ pattern: "c.example/*", custom_domain: true }],
    },
    says: [[/jsonc:\d+:\d+$/, /'c\.example\/\*' may hold neither/, /host alone/]],
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
      [/jsonc:\d+:\d+$/, /"routes".*"zone_id": "1"/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /exactly one of the following fields \["routes","route"\]/, /wrangler-keys/],
    ],
  },
  {
    title: "other keys that exclude each other",
    keys: {
      placement: { mode: "smart", region: "aws:us-east-1" },
      pipelines: [{ binding: "P" }],
      send_email: [{ name: "M", destination_address: "a@b.c", allowed_destination_addresses: [] }],
    },
    says: [
      [/jsonc:\d+:\d+$/, /"placement\.mode" field to be one of \["targeted"\]/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /"send_email\[0\]".*not both/, /wrangler-keys/],
      [/jsonc:\d+:\d+$/, /"pipelines\[0\]".*"stream"/, /wrangler-keys/],
    ],
  },
  {
    title: "a migration's tag that stands twice",
    keys: { migrations: [{ tag: "v1" }, { tag: "v1" }] },
    says: [[/jsonc:\d+:\d+$/, /the migration tag 'v1' stands twice/, /of its own/]],
  },
  {
    title: "bindings of a Worker without code",
    text: '{"name":"shop","compatibility_date":"2026-10-01","assets":{"directory":"public"},"vars":{"A":"1"}}',
    says: [[/jsonc/, /no code that could read a binding/, /Add 'main'/]],
  },
  {
    title: "a block that is not there",
    keys: { env: { prod: {}, staging: {} } },
    environment: "production",
    says: [[/jsonc:\d+:\d+$/, /no block 'env\.production'; the file has 'prod', 'staging'/, /Add the block/]],
  },
  {
    title: "what is wrong in a block, at its own place and by its full name",
    keys: {
      env: {
        prod: {
          unsafe: { bindings: [{ name: "X", type: "y" }] },
          vars: { A: "1" },
          secrets: { required: ["A"] },
        },
      },
    },
    environment: "prod",
    says: [
      [/jsonc:\d+:\d+$/, /'A' is bound twice/, /Keep one/],
      [/jsonc:\d+:\d+$/, /'env\.prod\.unsafe' can't be translated/, /Take it out/],
    ],
  },
];
