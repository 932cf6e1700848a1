import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname } from "node:path";
import type { HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { ask } from "../helpers/fixture.ts";
import { enginePath, type World } from "../helpers/world.ts";

const CODE = `
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async next() {
    const value = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", value);
    return value;
  }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/next") return new Response(String(await env.COUNTER.get(env.COUNTER.idFromName("one")).next()));
    if (request.method === "PUT") {
      await env.CACHE.put("kept", "in KV");
      await env.DB.exec("CREATE TABLE rows (text TEXT)");
      await env.DB.prepare("INSERT INTO rows VALUES ('in D1')").run();
    }
    const { results } = await env.DB.prepare("SELECT text FROM rows").all();
    return Response.json([await env.CACHE.get("kept"), ...results.map(({ text }) => text)]);
  },
};`;

/** A Worker with a counter in a Durable Object, and with a declared KV namespace and D1 database. */
const KEEPER = {
  main: "index.js",
  compatibility_date: "2026-10-01",
  secrets: { required: ["API_KEY"] },
  durable_objects: { bindings: [{ name: "COUNTER", class_name: "Counter" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Counter"] }],
  kv_namespaces: [{ binding: "CACHE" }],
  d1_databases: [{ binding: "DB", database_name: "db" }],
};
export const RESOURCES = { CACHE: { declare: true }, DB: { declare: true } };

/** One stack with that Worker, and what it holds. */
export class Keeper {
  readonly #world: World;
  readonly project: string;
  readonly stack: string;
  #count = 0;

  constructor(world: World, project: string, stack = "prod") {
    this.#world = world;
    this.project = project;
    this.stack = stack;
  }

  /** The wrangler file. The project's name is the Worker's, and its host is kept in production. */
  get file() {
    const routes = [{ pattern: this.#host, custom_domain: true }];
    return { name: this.project, ...KEEPER, ...(this.stack === "prod" ? { routes } : {}) };
  }

  get script(): string {
    return `${this.project}-${this.stack}`;
  }

  get #host(): string {
    return `${this.project}.example.com`;
  }

  /** Hosts the stack with another entry, config or wrangler file. */
  open(
    entry: Readonly<Record<string, unknown>> = {},
    config: Readonly<Record<string, unknown>> = { prod: true },
    worker: object = {},
  ): Promise<HostedStack> {
    return this.#world.stack({
      project: this.project,
      stack: this.stack,
      worker: { ...this.file, ...worker },
      code: CODE,
      secrets: { API_KEY: "canary-key" },
      config: (directory) => ({ workers: [{ directory, resources: RESOURCES, ...entry }], ...config }),
    });
  }

  async fill(): Promise<void> {
    assert.equal((await this.#ask("PUT", "/")).body, '["in KV","in D1"]');
    this.#count = 0;
    await this.holds();
  }

  /** Nothing of the data is lost: the counter goes on, and both stores have what was put there. */
  async holds(): Promise<void> {
    this.#count++;
    assert.equal((await this.#ask("GET", "/next")).body, String(this.#count), "the counter began again");
    await this.holdsStores();
  }

  /** KV and D1 have what was put there, whatever has become of the Durable Object. */
  async holdsStores(): Promise<void> {
    assert.equal((await this.#ask("GET", "/")).body, '["in KV","in D1"]');
  }

  async #ask(method: string, path: string) {
    const { url } = this.#world.sandbox.description.workers;
    const host = this.stack === "prod" ? { host: this.#host } : {};
    const answer = await ask(url, this.script, { method, path, ...host });
    assert.equal(answer.status, 200, answer.body);
    return answer;
  }
}

/** Runs the engine's own command on a hosted stack, as a person would. */
export async function pulumi(
  world: World,
  { automation }: HostedStack,
  ...args: string[]
): Promise<{ failed: boolean; text: string }> {
  const { workspace, name } = automation;
  const env = {
    ...process.env,
    PATH: `${dirname(enginePath())}:${process.env.PATH ?? ""}`,
    ...workspace.envVars,
  };
  // The stand-ins in this process take their token from its variables.
  process.env.CLOUDFLARE_API_TOKEN = world.sandbox.description.cloudflare.token;
  try {
    return await new Promise((resolve) => {
      const options = { cwd: workspace.workDir, env };
      execFile(enginePath(), [...args, "--stack", name], options, (error, stdout, stderr) =>
        resolve({ failed: error !== null, text: stdout + stderr }),
      );
    });
  } finally {
    delete process.env.CLOUDFLARE_API_TOKEN;
  }
}
