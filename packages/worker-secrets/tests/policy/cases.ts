import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Options, type Resource, type Run, unknown, type Value } from "../../src/policy/rule.ts";
import { secretValues } from "../../src/policy/run-facts.ts";
import { SECRETS } from "./registered.ts";

export const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
export const SUBDOMAIN = "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain";
export const KV = "cloudflare:index/workersKvNamespace:WorkersKvNamespace";
export const ENVIRONMENT = "pulumiservice:api/esc:Environment";
const TOKEN = "cloudflare:index/accountToken:AccountToken";
const CLOUDFLARE = "pulumi:providers:cloudflare";

export const run: Run = {
  project: "shop",
  stack: "prod",
  config: new Map([["worker-secrets:prod", "true"]]),
  secretValues: new Set(Object.values(SECRETS)),
};

type Inputs = Resource["inputs"];
/** A resource of the program, changed, and what a rule has to say about it. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
  /** The program's resource of this type, changed; or one of its own, where the program has none. */
  readonly type: string;
  /** Instead of the name of the program's. */
  readonly name?: string;
  /** `root`: a folder for the case's own files. */
  readonly change?: (inputs: Inputs, root: string) => Inputs;
  readonly protect?: boolean;
  readonly run?: Partial<Run>;
  readonly options?: Options;
  readonly said: RegExp;
}

export const list = (value: Value | undefined) => (Array.isArray(value) ? (value as readonly Value[]) : []);
const bind =
  (...added: Value[]) =>
  (inputs: Inputs): Inputs => ({ ...inputs, bindings: [...list(inputs.bindings), ...added] });
const define =
  (from: string | RegExp, to: string) =>
  (inputs: Inputs): Inputs => {
    const yaml = String(inputs.yaml).replace(from, to);
    assert.notEqual(yaml, inputs.yaml, "the definition has changed; this case changes nothing");
    return { ...inputs, yaml };
  };
/** Assets with these files beside a page. */
const assets =
  (...files: readonly string[]) =>
  (inputs: Inputs, root: string): Inputs => {
    const directory = mkdtempSync(join(root, "assets-"));
    for (const file of ["index.html", ...files]) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), file === ".assetsignore" ? "*.pem\n" : "hunter2");
    }
    return { ...inputs, assets: { directory } };
  };
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

export const violations: readonly Violation[] = [
  {
    rule: "no-private-file-among-assets",
    what: "variables and a repository among the assets",
    type: SCRIPT,
    change: assets(".env.local", "deep/.git/config"),
    said: /^Everybody could read \.env\.local, deep\/\.git\/config among the static assets of /,
  },
  {
    rule: "no-private-file-among-assets",
    what: "a name that the team added",
    type: SCRIPT,
    options: { files: ["customers.csv"] },
    change: assets("customers.csv"),
    said: /customers\.csv/,
  },
  {
    rule: "no-private-file-among-assets",
    what: "a folder that it can't find",
    type: SCRIPT,
    change: (inputs) => ({ ...inputs, assets: { directory: "no/such/folder" } }),
    said: /can't be checked: there is no no\/such\/folder in /,
  },
  {
    rule: "secret-not-plain",
    what: "a value of the stack as plain_text",
    type: SCRIPT,
    change: bind({ name: "COPY", type: "plain_text", text: `Bearer ${SECRETS.API_KEY}` }),
    said: /COPY of .* is plain_text and holds a secret value/,
  },
  {
    rule: "secret-not-plain",
    what: "a value within JSON",
    type: SCRIPT,
    change: bind({ name: "SETTINGS", type: "json", json: JSON.stringify({ key: SECRETS.TOP_SECRET }) }),
    said: /SETTINGS of .* is json/,
  },
  {
    rule: "secret-not-plain",
    what: "the text of a secret binding that is no config value",
    type: SCRIPT,
    change: bind(
      { name: "A", type: "secret_text", text: "made-by-the-program" },
      { name: "B", type: "plain_text", text: "made-by-the-program" },
    ),
    said: /^The binding B/,
  },
  {
    rule: "no-literal-secret",
    what: "a token in a text",
    type: SCRIPT,
    change: bind({ name: "HOOK", type: "plain_text", text: `ghp_${"a1B2".repeat(9)}` }),
    said: /HOOK of .* looks like a GitHub token/,
  },
  {
    rule: "no-literal-secret",
    what: "a value in the code",
    type: SCRIPT,
    change: (inputs) => ({ ...inputs, content: `${String(inputs.content)}// ${SECRETS.API_KEY}` }),
    said: /The code of .* holds a secret value/,
  },
  {
    rule: "secret-names-are-secrets",
    what: "a telling name",
    type: SCRIPT,
    change: bind({ name: "DB_PASSWORD", type: "plain_text", text: "x" }),
    said: /DB_PASSWORD of .* its name says/,
  },
  {
    rule: "environment-holds-no-literal",
    what: "fn::secret with its text",
    type: ENVIRONMENT,
    change: define("values:", "values:\n  a:\n    fn::secret: hunter2"),
    said: /values\.a\.fn::secret of the Environment .* is a secret in clear/,
  },
  {
    rule: "environment-holds-no-literal",
    what: "a literal by a telling name",
    type: ENVIRONMENT,
    change: define("values:", "values:\n  apiToken: abc"),
    said: /values\.apiToken .* is a literal/,
  },
  {
    rule: "environment-holds-no-literal",
    what: "literal config by a telling name",
    type: ENVIRONMENT,
    change: define("pulumiConfig:", "pulumiConfig:\n    shop:apiToken: abc"),
    said: /values\.pulumiConfig\.shop:apiToken/,
  },
  {
    rule: "environment-holds-no-literal",
    what: "a text that looks like a key",
    type: ENVIRONMENT,
    change: define("values:", "values:\n  list: [x, AKIAABCDEFGHIJKLMNOP]"),
    said: /values\.list\.1 .* looks like an AWS access key/,
  },
  {
    rule: "pinned-values-are-held",
    what: "a pin that holds nothing still",
    type: ENVIRONMENT,
    change: (inputs) => ({
      ...inputs,
      yaml: `# not held by the pin: shop/base@2 imports common/a without a revision\n${String(inputs.yaml)}`,
    }),
    said: /pins its values, and shop\/base@2 imports common\/a without a revision: .* Pulumi\.prod\.yaml \(worker-secrets:secretsRevision\)\.$/,
  },
  {
    rule: "provider-token-not-in-program",
    what: "a literal token",
    type: CLOUDFLARE,
    change: () => ({ apiToken: "t".repeat(40) }),
    said: /apiToken of the cloudflare provider .* is a literal/,
  },
  {
    rule: "provider-token-not-in-program",
    what: "a token out of config, of the stack's own provider",
    type: CLOUDFLARE,
    change: () => ({ apiToken: SECRETS.API_KEY }),
    said: /of the cloudflare provider worker-secrets is taken from config into the state/,
  },
  {
    rule: "provider-token-not-in-program",
    what: "a token out of config, where that is refused",
    type: CLOUDFLARE,
    name: "default_6_22_1",
    options: { allowFromConfig: false },
    change: () => ({ apiToken: SECRETS.API_KEY }),
    said: /is taken from config into the state/,
  },
  {
    rule: "production-is-guarded",
    what: "production by its name alone",
    type: ENVIRONMENT,
    run: { config: new Map() },
    said: /Set worker-secrets:prod: true/,
  },
  {
    rule: "production-is-guarded",
    what: "no pin",
    type: ENVIRONMENT,
    change: define(/-secrets@3/g, "-secrets"),
    said: /latest revision of shop\/prod-secrets/,
  },
  {
    rule: "production-is-guarded",
    what: "data without protection",
    type: KV,
    protect: false,
    said: /is not protected/,
  },
  {
    rule: "production-is-guarded",
    what: "a script with Durable Objects without protection",
    type: SCRIPT,
    change: bind({ name: "ROOM", type: "durable_object_namespace", className: "Room" }),
    protect: false,
    said: /is not protected/,
  },
  {
    rule: "production-is-guarded",
    what: "a workers.dev address and old versions",
    type: SUBDOMAIN,
    change: (inputs) => ({ ...inputs, enabled: true, previewsEnabled: true }),
    said: /enabled: production answers[\s\S]*previewsEnabled: old versions/,
  },
  {
    rule: "token-lifetime",
    what: "a token without end",
    type: TOKEN,
    change: () => ({ name: "deploy" }),
    said: /never ends/,
  },
  {
    rule: "token-lifetime",
    what: "a token for too long",
    type: TOKEN,
    change: () => ({ expiresOn: inDays(8) }),
    options: { maxDays: 7 },
    said: /more than 7 days/,
  },
  {
    rule: "token-lifetime",
    what: "an issuer of tokens without a bound",
    type: "pulumiservice:index:OidcIssuer",
    change: () => ({}),
    said: /more than 90 days/,
  },
];

/** What a rule lets pass that is near to a violation. */
export const passing: readonly Omit<Violation, "said">[] = [
  {
    rule: "environment-holds-no-literal",
    what: "config whose namespace is named for secrets",
    type: ENVIRONMENT,
    change: define("pulumiConfig:", "pulumiConfig:\n    shop-secrets:digest: 0123456789abcdef"),
  },
  {
    rule: "secret-not-plain",
    what: "short everyday texts",
    type: SCRIPT,
    run: { secretValues: secretValues(["on"]) },
    change: bind({ name: "FLAG", type: "plain_text", text: "on" }),
  },
  {
    rule: "secret-not-plain",
    what: "a text that is not known yet",
    type: SCRIPT,
    change: bind({ name: "ID", type: "plain_text", text: unknown }),
  },
  {
    rule: "no-literal-secret",
    what: "a text that is allowed",
    type: SCRIPT,
    options: { allow: ["HOOK"] },
    change: bind({ name: "HOOK", type: "plain_text", text: `ghp_${"a1B2".repeat(9)}` }),
  },
  {
    rule: "no-private-file-among-assets",
    what: "what .assetsignore leaves out",
    type: SCRIPT,
    change: assets("server.pem", ".assetsignore"),
  },
  {
    rule: "no-private-file-among-assets",
    what: "a name that is allowed",
    type: SCRIPT,
    options: { files: ["!.env.example"] },
    change: assets(".env.example"),
  },
  {
    rule: "secret-names-are-secrets",
    what: "what is about a secret",
    type: SCRIPT,
    change: bind({ name: "TOKEN_TTL", type: "plain_text", text: "60" }),
  },
  {
    rule: "secret-names-are-secrets",
    what: "a name that is allowed",
    type: SCRIPT,
    options: { allow: ["CSRF_TOKEN"] },
    change: bind({ name: "CSRF_TOKEN", type: "plain_text", text: "x" }),
  },
  {
    rule: "environment-holds-no-literal",
    what: "ciphertext",
    type: ENVIRONMENT,
    change: define("values:", `values:\n  a: {fn::secret: {ciphertext: ${"aB3".repeat(20)}}}`),
  },
  {
    rule: "provider-token-not-in-program",
    what: "a provider without a token",
    type: CLOUDFLARE,
    change: () => ({ version: "6.22.1" }),
  },
  {
    rule: "provider-token-not-in-program",
    what: "a token out of secret config, for the program's other resources",
    type: CLOUDFLARE,
    name: "default_6_22_1",
    change: () => ({ apiToken: SECRETS.API_KEY }),
  },
  {
    rule: "production-is-guarded",
    what: "data that the stack's config permits to remove",
    type: KV,
    run: {
      config: new Map([
        ...run.config,
        ["worker-secrets:workers", '[{"directory":"worker","allowRemoval":true}]'],
      ]),
    },
    protect: false,
  },
  {
    rule: "production-is-guarded",
    what: "another stack",
    type: ENVIRONMENT,
    run: { stack: "dev", config: new Map() },
    change: define(/-secrets@3/g, "-secrets"),
  },
  {
    rule: "token-lifetime",
    what: "a token that ends",
    type: TOKEN,
    change: () => ({ expiresOn: inDays(30) }),
  },
  {
    rule: "token-lifetime",
    what: "an end that is not known yet",
    type: TOKEN,
    change: () => ({ expiresOn: unknown }),
  },
];
