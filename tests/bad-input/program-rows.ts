import { setVariables } from "../../cli/init-environments.ts";
import { MAX_VALUE_BYTES } from "../../stack/values.ts";
import { GOOD } from "../helpers/worker-folder.ts";
import type { StackOptions, World } from "../helpers/world.ts";

/** One bad input that comes through the program: what is given, and all that the message has to say. */
export interface ProgramRow {
  readonly title: string;
  readonly given?: Omit<StackOptions, "project">;
  /** Breaks something after init. */
  readonly breaks?: (world: World, project: string) => Promise<unknown>;
  readonly says: readonly RegExp[];
}

const secret = (name: string, value: string) => ({ name, value, secret: true });
const store = (world: World, environment: string, name: string, value: string) =>
  setVariables(world.client, environment, [secret(name, value)]);
const names = (count: number) => Array.from({ length: count }, (_, index) => `NAME_${index}`);

export const programRows: readonly ProgramRow[] = [
  {
    title: "missing Environment",
    breaks: (world, project) => world.client.deleteEnvironment(`${project}/dev`),
    says: [/\/dev/, /not found|does not exist|unknown/i],
  },
  {
    title: "Environment without the definition",
    breaks: async ({ client }, project) => client.updateEnvironment(`${project}/dev`, "values: {}\n"),
    says: [
      /Environment \S+\/dev/,
      /holds no definition/,
      /npm run -s definition -- dev \| pulumi env edit \S+\/dev -f -/,
    ],
  },
  {
    title: "names declared but without a value: all of them in one message",
    given: { worker: { ...GOOD, secrets: { required: ["FIRST", "SECOND"] } } },
    says: [
      /2 things/,
      /'FIRST' is declared but has no value/,
      /'SECOND' is declared/,
      /pulumi env set \S+-secrets environmentVariables\.FIRST --secret/,
      /wrangler\.jsonc:\d+:\d+/,
    ],
  },
  {
    title: "value over 5 KB of UTF-8",
    given: { secrets: { API_KEY: "é".repeat(MAX_VALUE_BYTES / 2 + 1), TOP_SECRET: "x" } },
    says: [/'API_KEY' has 5122 bytes/, /at most 5120 \(10054\)/],
  },
  {
    title: "value that is not a string",
    breaks: ({ client }, project) =>
      client.updateEnvironment(
        `${project}/dev-secrets`,
        "values:\n  environmentVariables:\n    API_KEY: 0123\n    TOP_SECRET: [a]\n",
      ),
    says: [/'API_KEY' is a number, not a text/, /'TOP_SECRET' is a list/],
  },
  {
    title: "empty value",
    breaks: (world, project) => store(world, `${project}/dev-secrets`, "API_KEY", ""),
    says: [/'API_KEY' is empty/],
  },
  {
    title: "name that is not an identifier",
    given: { worker: { ...GOOD, secrets: { required: ["API-KEY", "2ND"] } } },
    says: [/'API-KEY' is not an identifier/, /'2ND' is not an identifier/],
  },
  {
    title: "name declared twice, also as a variable",
    given: {
      worker: { ...GOOD, vars: { OTHER: "x" }, secrets: { required: ["API_KEY", "API_KEY", "OTHER"] } },
    },
    says: [/'API_KEY' is declared twice/, /'OTHER' is declared twice/, /10053/],
  },
  {
    title: "more than 128 bindings",
    given: { worker: { ...GOOD, vars: { ONE: "1" }, secrets: { required: names(128) } } },
    says: [/129 variables and secrets/, /at most 128 \(10055\)/],
  },
  {
    title: "script name over 63 characters",
    given: { config: { scriptName: "a".repeat(64) } },
    says: [/has 64 characters/, /pulumi config set scriptName/],
  },
  {
    title: "script name with capitals",
    given: { worker: { ...GOOD, name: "Shop" } },
    says: [/'Shop-dev' may only hold lower-case/],
  },
  {
    title: "compatibility date in the future",
    given: { worker: { ...GOOD, compatibility_date: "2999-01-01" } },
    says: [/2999-01-01 is in the future/, /10021/],
  },
  {
    title: "pin that is neither a revision nor a tag",
    given: { config: { secretsRevision: "-1" } },
    says: [/'-1' is neither a revision number nor a tag/, /pulumi env version history/],
  },
  {
    title: "token of the wrong form",
    breaks: (world, project) =>
      store(world, `${project}/dev-cloudflare`, "CLOUDFLARE_API_TOKEN", "canary-too-short"),
    says: [/CLOUDFLARE_API_TOKEN/, /wrong form \(16 characters/, /pulumi env set/],
  },
  {
    title: "wrong token",
    breaks: (world, project) =>
      store(world, `${project}/dev-cloudflare`, "CLOUDFLARE_API_TOKEN", "canary".padEnd(40, "w")),
    says: [/Cloudflare does not know this token/, /\S+\/dev-cloudflare/],
  },
  {
    title: "expired token",
    breaks: (world, project) => {
      const expired = world.sandbox.createCloudflareToken({ expiresOn: "2026-01-01T00:00:00Z" });
      return store(world, `${project}/dev-cloudflare`, "CLOUDFLARE_API_TOKEN", expired);
    },
    says: [/the token is expired/, /\S+\/dev-cloudflare/, /pulumi env set/],
  },
  {
    title: "account not found",
    breaks: ({ client }, project) =>
      setVariables(client, `${project}/dev-cloudflare`, [
        { name: "CLOUDFLARE_ACCOUNT_ID", value: "f".repeat(32), secret: false },
      ]),
    says: [/the token is valid but can't use the Workers of account 'f{32}'/, /CLOUDFLARE_ACCOUNT_ID/],
  },
  {
    title: "Worker with a syntax error",
    given: { code: "export default { fetch( { return 1 } };\n" },
    says: [/index\.js:1:\d+/, /nothing was uploaded/],
  },
  {
    title: "Worker without a handler",
    given: { code: "export const other = 1;\n" },
    says: [/no default export/, /10068/],
  },
  {
    title: "malformed wrangler.jsonc",
    given: { worker: '{ "name": "sample",\n  "main" "index.js" }' },
    says: [/wrangler\.jsonc:2:\d+/, /not valid JSONC/],
  },
  {
    title: "unknown keys in wrangler.jsonc, all of them named",
    given: { worker: { ...GOOD, kv_namespaces: [], durable_objects: {} } },
    says: [/'kv_namespaces' is not translated yet/, /'durable_objects' is not translated yet/],
  },
  {
    title: "keys of the wrong type in wrangler.jsonc",
    given: { worker: { ...GOOD, name: 3, main: undefined, compatibility_date: "soon", workers_dev: "yes" } },
    says: [/'name' must be a text/, /'main' is missing/, /YYYY-MM-DD/, /'workers_dev' must be true or false/],
  },
  {
    title: "no wrangler.jsonc where config points",
    given: { config: { worker: "elsewhere" } },
    says: [/elsewhere\/wrangler\.jsonc/, /can't be read \(ENOENT\)/],
  },
];
