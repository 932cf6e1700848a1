import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { setVariables } from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { MAX_VALUE_BYTES } from "../../packages/worker-secrets/src/program/values.ts";
import { CODE, GOOD } from "../helpers/worker-folder.ts";
import type { StackOptions, World } from "../helpers/world.ts";

/** One bad input that comes through the program: what is given, and all that the message has to say. */
export interface ProgramRow {
  readonly title: string;
  readonly given?: Omit<StackOptions, "project">;
  /** Breaks something after init; `host` brings the stack up first where that takes one. */
  readonly breaks?: (world: World, project: string, host: HostedStack) => Promise<unknown>;
  /** Puts back what other rows would trip over. */
  readonly after?: (world: World) => Promise<unknown>;
  readonly says: readonly RegExp[];
}

const secret = (name: string, value: string) => ({ name, value, secret: true });
const store = (world: World, environment: string, name: string, value: string) =>
  setVariables(world.client, environment, [secret(name, value)]);
const script = ({ sandbox }: World, name: string) => {
  const { url, accountId } = sandbox.description.cloudflare;
  return `${url}/accounts/${accountId}/workers/scripts/${name}`;
};
const putScript = (world: World, name: string) => {
  const form = new FormData();
  form.set("metadata", JSON.stringify({ main_module: "index.js", compatibility_date: "2026-10-01" }));
  form.set("index.js", new File([CODE], "index.js", { type: "application/javascript+module" }));
  return send(world, script(world, name), { method: "PUT", body: form });
};
const deleteScript = (world: World, name: string) => send(world, script(world, name), { method: "DELETE" });
const send = async (world: World, url: string, init: RequestInit) => {
  const authorization = `Bearer ${world.sandbox.description.cloudflare.token}`;
  const answer = await fetch(url, { ...init, headers: { authorization } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
};
const ASSETS = { ...GOOD, assets: { directory: "./public", binding: "ASSETS" } };
const names = (count: number) => Array.from({ length: count }, (_, index) => `NAME_${index}`);
/** The lines of a whole message; `…` is an id, an address or a time. */
const exactly = (...lines: readonly string[]) =>
  new RegExp(
    lines
      .join("\n")
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("…", "[^\\s,;]+"),
  );

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
      /Run: npx worker-secrets init dev\. It writes the definition/,
    ],
  },
  {
    title: "names declared but without a value: all of them in one message",
    given: { worker: { ...GOOD, secrets: { required: ["FIRST", "SECOND"] } } },
    says: [
      /2 problems/,
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
    title: "name declared twice, as a secret and as a variable",
    given: {
      worker: { ...GOOD, vars: { OTHER: "x" }, secrets: { required: ["API_KEY", "OTHER"] } },
    },
    says: [/'OTHER' is bound twice/, /10053/],
  },
  {
    title: "more than 128 bindings",
    given: { worker: { ...GOOD, vars: { ONE: "1" }, secrets: { required: names(128) } } },
    says: [/129 variables and secrets/, /at most 128 \(10055\)/],
  },
  {
    title: "script name over 63 characters",
    given: { config: { scriptName: "a".repeat(64) } },
    says: [/has 64 characters/, /pulumi config set worker-secrets:scriptName/],
  },
  {
    title: "script name with capitals",
    given: { worker: { ...GOOD, name: "Shop" } },
    says: [
      /wrangler\.jsonc:2:3: wrangler refuses it: Expected "name" to be of type string, alphanumeric and lowercase/,
    ],
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
      store(world, `${project}/dev-cloudflare`, "CLOUDFLARE_API_TOKEN", "sandbox-canary".padEnd(44, "w")),
    says: [/Cloudflare does not know this token/, /\S+\/dev-cloudflare/],
  },
  {
    title: "real token in the sandbox",
    breaks: (world, project) =>
      store(world, `${project}/dev-cloudflare`, "CLOUDFLARE_API_TOKEN", "canary".padEnd(40, "w")),
    says: [/form of a real token/, /is on this machine/, /pulumi env set/],
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
    says: [/index\.js:1:\d+: Expected/, /npx wrangler deploy --dry-run/],
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
    title: "keys of wrangler.jsonc that can't be translated, each with its reason",
    given: { worker: { ...GOOD, site: { bucket: "public" }, keep_vars: true } },
    says: [/'site' can't be translated/, /'keep_vars' can't be translated/],
  },
  {
    title: "binding without a resource",
    given: { worker: { ...GOOD, kv_namespaces: [{ binding: "CACHE" }], d1_databases: [{ binding: "DB" }] } },
    says: [/'CACHE' has no 'id'/, /'DB' has no 'database_id'/, /resources: \{CACHE: \{declare: true\}\}/],
  },
  {
    title: "resource for a binding that is not there",
    given: { config: (directory) => ({ workers: [{ directory, resources: { NOPE: { id: "x" } } }] }) },
    says: [/has no KV, D1, R2 or queue binding 'NOPE'/],
  },
  {
    title: "entry of 'workers' with an unknown key",
    given: { config: (directory) => ({ workers: [{ directory, secret: ["A"] }] }) },
    says: [
      /Pulumi\.dev\.yaml, worker-secrets:workers/,
      /workers\[0\]\.secret' is not known; known are directory/,
    ],
  },
  {
    title: "entry of 'workers' without a folder, and one that is a number",
    given: { config: { workers: [{ name: "sample" }, 3] } },
    says: [/workers\[0\]/, /workers\[1\]/],
  },
  {
    title: "two Workers of one name",
    given: { config: (directory) => ({ workers: [directory, directory] }) },
    says: [/two Workers of the stack have the name 'sample'/, /have the script name 'sample-dev'/],
  },
  {
    title: "one script name for two Workers",
    given: {
      config: (directory) => ({ scriptName: "x", workers: [directory, { directory, name: "other" }] }),
    },
    says: [/the stack has 2 Workers, and the key does not say which is meant/],
  },
  {
    title: "external secret that the Worker does not have",
    given: { config: (directory) => ({ workers: [{ directory, externalSecrets: ["LEGACY"] }] }) },
    says: [/'LEGACY'/, /can't inherit it \(10057\)/, /npx wrangler secret put LEGACY --name sample-dev/],
  },
  {
    title: "external secret that is declared too",
    given: { config: (directory) => ({ workers: [{ directory, externalSecrets: ["API_KEY"] }] }) },
    says: [/'API_KEY' of externalSecrets is in 'secrets\.required' too/, /10053/],
  },
  {
    title: "bound Worker that is not there",
    given: { worker: { ...GOOD, services: [{ binding: "AUTH", service: "auth" }] } },
    says: [/binds the Worker 'auth', which is neither in the account nor a Worker of this stack/],
  },
  {
    title: "route in a zone that the account does not have",
    given: { worker: { ...GOOD, routes: ["shop.nowhere.test/*"] } },
    says: [/no zone 'shop\.nowhere\.test' or 'nowhere\.test'/],
  },
  {
    title: "file for another account",
    given: { worker: { ...GOOD, account_id: "e".repeat(32) } },
    says: [/the file is for the account e{32}/],
  },
  {
    title: "Worker that something else made",
    breaks: (world) => putScript(world, "sample-dev"),
    after: (world) => deleteScript(world, "sample-dev"),
    says: [
      /Worker 'sample-dev': it exists already and this stack did not make it/,
      /worker-secrets adopt sample-dev --stack dev/,
    ],
  },
  {
    title: "Worker that somebody else has deployed since the stack's last upload",
    breaks: async (world, project, host) => {
      await host.up();
      await putScript(world, "sample-dev");
      writeFileSync(join(world.folder, project, "worker/index.js"), CODE.replace("'ok'", "'due'"));
    },
    after: (world) => deleteScript(world, "sample-dev"),
    says: [
      exactly(
        "One problem found:",
        "  - Worker 'sample-dev' (worker/wrangler.jsonc): … deployed version … by api on … (deployment …), after the stack's last upload (version …, …); the upload that is due would overwrite that",
        "    To go back to the stack's upload: npx wrangler versions deploy …@100 --name sample-dev. To keep what answers, bring its code and values into the stack; to overwrite it, then or now: overwriteDeployment: … in the Worker's entry of …:workers in Pulumi.dev.yaml.",
      ),
    ],
  },
  {
    title: "Durable Object class that the code does not export",
    given: {
      worker: {
        ...GOOD,
        durable_objects: { bindings: [{ name: "ROOM", class_name: "Room" }] },
        migrations: [{ tag: "v1", new_sqlite_classes: ["Room"] }],
      },
    },
    says: [/Durable Objects, which are not exported in your entrypoint file: Room/],
  },
  {
    title: "prod that is neither true nor false",
    given: { config: { prod: "maybe" } },
    says: [/'maybe' is neither true nor false/],
  },
  {
    title: "config keys that are nearly those of the project, one of them out of an Environment",
    given: { config: { scriptname: "x" } },
    breaks: async ({ client }, project) => {
      const stored = await client.environment(`${project}/dev`);
      const key = "worker-secrets:promotefrom";
      const text = stored?.yaml.replace("pulumiConfig:\n", `pulumiConfig:\n    ${key}: staging\n`) ?? "";
      await client.updateEnvironment(`${project}/dev`, text);
    },
    says: [/2 problems/, /:scriptname: .*did you mean 'scriptName'\?/, /:promotefrom: .*'promoteFrom'\?/],
  },
  {
    title: "static assets with what must not be public: names, a secret's value, a file that is too large",
    given: { worker: ASSETS },
    breaks: ({ folder }, project) => {
      const assets = join(folder, project, "worker/public");
      mkdirSync(join(assets, ".git"), { recursive: true });
      writeFileSync(join(assets, ".dev.vars.prod"), "API_KEY=x\n");
      writeFileSync(join(assets, ".git/config"), "[core]\n");
      writeFileSync(join(assets, "film.mp4"), Buffer.alloc(25 * 1024 * 1024 + 1));
      return Promise.resolve();
    },
    says: [
      /2 problems/,
      /worker\/wrangler\.jsonc:\d+:\d+: everybody could read worker\/public\/\.dev\.vars\.prod, worker\/public\/\.git\/config: a name that stands for secrets, among the static assets/,
      /Exclude them by a line in worker\/public\/\.assetsignore, or point 'assets\.directory' at a folder of what is public alone\. If one is public: privateFiles: \["!NAME"\] in the Worker's entry of 'workers'\./,
      /worker\/public\/film\.mp4: larger than 25 MiB, which Cloudflare does not take/,
    ],
  },
  {
    title: "static assets that a build has put a secret's value into",
    given: {
      worker: ASSETS,
      secrets: { API_KEY: "canary-in-a-page-0123", TOP_SECRET: "canary-of-nobody-0123" },
    },
    breaks: ({ folder }, project) => {
      const assets = join(folder, project, "worker/public");
      mkdirSync(assets, { recursive: true });
      writeFileSync(join(assets, "app.js"), 'const key = "canary-in-a-page-0123";\n');
      return Promise.resolve();
    },
    says: [
      /One problem/,
      /the static file 'app\.js' holds the value of API_KEY: everybody could read it/,
      /worker-secrets rotate NAME --generate/,
    ],
  },
  {
    title: "keys of the wrong type in wrangler.jsonc",
    given: { worker: { ...GOOD, name: 3, main: undefined, compatibility_date: "soon", workers_dev: "yes" } },
    says: [/"name" to be of type string/, /YYYY-MM-DD/, /"workers_dev" to be of type boolean/],
  },
  {
    title: "no wrangler.jsonc where config points",
    given: { config: { workers: "elsewhere" } },
    says: [/elsewhere/, /wrangler\.jsonc/],
  },
];
