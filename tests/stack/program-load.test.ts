import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Exchange } from "../../packages/sandbox/src/http/exchange.ts";
import { splitArguments } from "../../packages/sandbox/src/language-host/options.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import {
  deployVariables,
  initEnvironments,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { stackMark, uploadTag } from "../../packages/worker-secrets/src/program/upload-mark.ts";
import { firstRegistration } from "../helpers/first-registration.ts";
import { tempFolder } from "../helpers/temp.ts";
import { CODE } from "../helpers/worker-folder.ts";

const ROOT = join(import.meta.dirname, "../..");
const project = "worker-secrets";

/**
 * Modules that the whole program may load until its end. `import "@pulumi/pulumi"` alone is more than 750. Ten of them are the
 * providers and what decides about an on-call deployment, a dozen the static assets and `env` blocks, six what the program passes, ten
 * what tells whether wrangler would read and compile anything else, one that holds credentials.
 */
const MOST_MODULES = 516;
/** What a run without a change has no use for. */
const UNUSED =
  /\/(typescript|esbuild\/lib|smol-toml|source-map-support|@npmcli|pacote|@opentelemetry\/(?!api\/)[^/]+)\/|pulumi\/automation\/|@pulumi\/(cloudflare|pulumiservice)\/index\.js|v8Hooks/;

/** The Worker as the stack's `up` leaves it: with its secrets, and marked. */
async function upload({ url, accountId, token }: Sandbox["description"]["cloudflare"], mark: string) {
  const form = new FormData();
  form.set(
    "metadata",
    JSON.stringify({
      main_module: "index.js",
      compatibility_date: "2026-10-01",
      bindings: ["PROOF_KEY", "TOP_SECRET"].map((name) => ({ type: "secret_text", name, text: "x" })),
      annotations: { "workers/tag": uploadTag(mark, "0".repeat(12), {}) },
    }),
  );
  form.set("index.js", new File([CODE], "index.js", { type: "application/javascript+module" }));
  const answer = await fetch(`${url}/accounts/${accountId}/workers/scripts/worker-secrets-sample-dev`, {
    method: "PUT",
    body: form,
    headers: { authorization: `Bearer ${token}` },
  });
  assert.ok(answer.ok, await answer.text());
}

/** The project's program as Pulumi.yaml has it started, beside an engine that takes every registration. */
describe("what a run of the program loads and asks", function () {
  this.timeout(120_000);
  const folder = tempFolder();
  const exchanges: Exchange[] = [];
  let sandbox: Sandbox;
  let modules: string[];
  let messages: readonly string[];
  let outspoken: readonly string[];

  before(async () => {
    sandbox = await startSandbox({
      port: 0,
      dataFolder: join(folder, "data"),
      onExchange: (exchange) => exchanges.push(exchange),
    });
    const { pulumi, cloudflare, env } = sandbox.description;
    const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
    // As after an `up`: the definition names the script.
    const definition = defineEnvironment({
      names: environmentNames(project, "dev"),
      scripts: ["worker-secrets-sample-dev"],
    });
    await initEnvironments({
      client,
      names: environmentNames(project, "dev"),
      cloudflare: deployVariables(cloudflare),
      secrets: ["PROOF_KEY", "TOP_SECRET"].map((name) => ({
        name,
        value: `canary-${name}`.padEnd(32, "-"),
        secret: true,
      })),
      definition,
      onStep: () => undefined,
    });
    const { pulumiConfig } = await client.openEnvironment(`${project}/dev`);
    const config = Object.entries(pulumiConfig as Record<string, unknown>).map(
      ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
    );
    await upload(cloudflare, stackMark({ stackOrganization: pulumi.organization, project, stack: "dev" }));
    const counter = join(folder, "counter.mjs");
    const list = join(folder, "modules.txt");
    writeFileSync(
      counter,
      `import { appendFileSync } from "node:fs";
import module from "node:module";
module.registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + "\\n"); return next(url, context); } });
`,
    );
    const file = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as {
      runtime: { options: { nodeargs: string } };
    };
    const run = (more: Readonly<Record<string, string>> = {}) =>
      firstRegistration({
        organization: pulumi.organization,
        project,
        stack: "dev",
        rootDirectory: ROOT,
        programDirectory: ROOT,
        entryPoint: ".",
        config: new Map(config),
        configSecretKeys: ["worker-secrets:secrets"],
        options: {
          typescript: false,
          production: false,
          nodeargs: ["--import", counter, ...splitArguments(file.runtime.options.nodeargs)],
        },
        env: {
          PATH: process.env.PATH ?? "",
          HOME: folder,
          ...env,
          ...more,
        },
      });
    await run(); // the Worker is bundled here, and taken as it was from then on
    writeFileSync(list, "");
    exchanges.length = 0;
    ({ messages } = await run());
    modules = readFileSync(list, "utf8").trim().split("\n");
    const asked = exchanges.length;
    ({ messages: outspoken } = await run({ WORKER_SECRETS_SDK_DEBUG: "true" }));
    exchanges.length = asked;
  });
  after(() => sandbox?.close());

  it(`at most ${MOST_MODULES} modules, and nothing that it does not use`, () => {
    assert.deepEqual(
      modules.filter((url) => UNUSED.test(url)),
      [],
    );
    assert.ok(modules.some((url) => url.includes("cloudflare/workersScript.js")));
    assert.ok(modules.length <= MOST_MODULES, `${modules.length} modules`);
  });

  it("tells the engine nothing of each step of a registration, as the SDK does by itself, secrets included", () => {
    assert.deepEqual(
      messages.map((message) => message.replaceAll(ROOT, "ROOT")),
      ["Running program 'ROOT/index.ts' in pwd 'ROOT' w/ args: "],
    );
    assert.ok(outspoken.length > 20, `${outspoken.length} messages`);
    const told = outspoken.find((message) => message.startsWith("RegisterResource RPC finished"));
    assert.ok(told);
    assert.ok(outspoken.some((message) => message.includes("canary-TOP_SECRET")));
  });

  it("asks six things: the stored definition, the stack's state, the account's subdomain, what the Worker has, who deployed it and which versions are the stack's", () => {
    const { accountId } = sandbox.description.cloudflare;
    const { organization } = sandbox.description.pulumi;
    assert.deepEqual(
      exchanges.map(({ method, url }) => `${method} ${url.pathname.replace(accountId, "ACCOUNT")}`).sort(),
      [
        `GET /api/esc/environments/${organization}/${project}/dev`,
        `GET /api/stacks/${organization}/${project}/dev/export`,
        "GET /client/v4/accounts/ACCOUNT/workers/scripts/worker-secrets-sample-dev/deployments",
        "GET /client/v4/accounts/ACCOUNT/workers/scripts/worker-secrets-sample-dev/settings",
        "GET /client/v4/accounts/ACCOUNT/workers/scripts/worker-secrets-sample-dev/versions",
        "GET /client/v4/accounts/ACCOUNT/workers/subdomain",
      ],
    );
  });
});
