import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Interrupted, type Interrupter, interrupter } from "../../../../tests/helpers/interrupt-at.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { assertQuiet } from "../../../../tests/leak/quiet.ts";
import type { Call } from "./true-words-rows.ts";
import { lines } from "./ws-project.ts";

export const PROJECT_NAME = "words";
const SECRETS = { API_KEY: `${CANARY}words-a`, TOP_SECRET: `${CANARY}words-t` };
const STACK_SCRIPT = [process.execPath, "packages/worker-secrets/src/cli/ci/stack.ts"] as const;
const REVIEW_SCRIPT = [process.execPath, "packages/worker-secrets/src/cli/ci/review.ts"] as const;

type Config = Readonly<Record<string, unknown>>;

/** A project with a stack `dev` that is deployed and a stack `prod` that is not, for every command. */
export class Bench {
  #world: World | undefined;
  #cli: Interrupter | undefined;
  #version = 1;
  /** The version of the code that `dev` is known to run. */
  #deployed = 0;

  async open(): Promise<void> {
    this.#world = await openWorld();
    this.#cli = await interrupter(this.#world);
    mkdirSync(this.root);
    writeFileSync(join(this.root, "Pulumi.yaml"), `name: ${PROJECT_NAME}\nruntime: nodejs\n`);
    writeFileSync(join(this.root, ".gitignore"), ".dev.vars*\n");
    for (const stack of ["dev", "prod"])
      await this.#world.stack({ project: PROJECT_NAME, stack, code: codeOf(1), secrets: SECRETS });
    await this.deploy();
  }

  async close(): Promise<void> {
    await this.#cli?.close();
    await this.#world?.close();
  }

  get world(): World {
    assert.ok(this.#world, "the bench is open");
    return this.#world;
  }

  get root(): string {
    return join(this.world.folder, PROJECT_NAME);
  }

  get cloudflare(): World["sandbox"]["description"]["cloudflare"] {
    return this.world.sandbox.description.cloudflare;
  }

  /** Runs a call to its end, whatever that is. */
  async run({ args, ...options }: Call): Promise<Interrupted> {
    assert.ok(this.#cli, "the bench is open");
    const where = options.program === undefined ? ["--root", this.root, "--json"] : [];
    const env = { PROJECT_ROOT: this.root, HEAD_SHA: "a".repeat(40), ...options.env };
    const ended = await this.#cli.run([...args, ...where], { counts: () => true, ...options, env });
    assertQuiet(ended.stdout, ended.stderr);
    return ended;
  }

  /** Runs a call that has to succeed. */
  async good(call: Call): Promise<void> {
    const ended = await this.run(call);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  }

  /** An `up` as the workflows run it. */
  up(stack: string): Call {
    const { organization } = this.world.sandbox.description.pulumi;
    return { args: ["up", `${organization}/${stack}`], program: STACK_SCRIPT };
  }

  review(...args: readonly string[]): Call {
    const { organization } = this.world.sandbox.description.pulumi;
    return { args, program: REVIEW_SCRIPT, env: { ORGANIZATION: organization } };
  }

  /** What `--values -` reads: the deploy credentials and the Worker's secrets. */
  values(): string {
    const { accountId, token } = this.cloudflare;
    return lines({ CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token, ...SECRETS });
  }

  /** Changes the checkout's code. */
  edit(): void {
    writeFileSync(join(this.root, "worker/index.js"), codeOf(++this.#version));
  }

  /** Has `dev` run the checkout's code. */
  async deploy(): Promise<void> {
    if (this.#deployed === this.#version) return;
    await this.good(this.up("dev"));
    this.#deployed = this.#version;
  }

  /** Makes a stack with this config, where it is not there yet, and deploys it. */
  async deployWith(stack: string, config: Config): Promise<void> {
    if (!existsSync(this.#stackFile(stack)))
      await this.world.stack({ project: PROJECT_NAME, stack, code: codeOf(this.#version), secrets: SECRETS });
    this.configure(stack, config);
    await this.good(this.up(stack));
  }

  /** Writes the config of a stack. */
  configure(stack: string, config: Config): void {
    const own = Object.entries(config).map(([key, value]) => [`worker-secrets:${key}`, value]);
    const text = { environment: [`${PROJECT_NAME}/${stack}`], config: Object.fromEntries(own) };
    writeFileSync(this.#stackFile(stack), stringify(text));
  }

  #stackFile(stack: string): string {
    return join(this.root, `Pulumi.${stack}.yaml`);
  }

  /** Uploads a Worker that no stack has. */
  async upload(script: string): Promise<void> {
    const { url, accountId, token } = this.cloudflare;
    const body = new FormData();
    const metadata = { main_module: "index.js", compatibility_date: "2026-10-01", bindings: [] };
    body.set("metadata", JSON.stringify(metadata));
    body.set("index.js", new File([codeOf(0)], "index.js", { type: "application/javascript+module" }));
    const headers = { authorization: `Bearer ${token}` };
    const path = `${url}/accounts/${accountId}/workers/scripts/${script}`;
    const sent = await fetch(path, { method: "PUT", headers, body });
    assert.ok(sent.ok, await sent.text());
  }
}

function codeOf(version: number): string {
  return `export default { fetch: () => new Response("${version}") };\n`;
}
