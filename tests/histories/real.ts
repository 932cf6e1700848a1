import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import {
  editEnvironment,
  setVariables,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment, sameDocument } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { ask } from "../helpers/fixture.ts";
import { type Ended, runNode } from "../helpers/process.ts";
import { GOOD, workerFolder } from "../helpers/worker-folder.ts";
import { enginePath, type World } from "../helpers/world.ts";
import { type Bound, type Model, NAMES, type Name, type Values } from "./model.ts";

const REPOSITORY = join(import.meta.dirname, "../..");

/** Tells a digest of every secret, never the secret. */
const codeOf = (number: number) => `export default { async fetch(request, env) {
  const digest = async (text) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const digests = await Promise.all(Object.entries(env).map(async ([name, text]) => [name, await digest(text)]));
  return Response.json({ code: ${number}, digests: Object.fromEntries(digests) });
} };\n`;

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** What the Worker itself and the API say of its secrets. */
export interface Seen {
  /** By name, sorted; from the API. */
  readonly names: readonly string[];
  /** SHA-256 of each, by name, from the Worker in workerd; `undefined` while it is not served. */
  readonly digests: Readonly<Record<string, string>> | undefined;
  /** The number of its code, from the Worker too. */
  readonly code: number | undefined;
}

/** One stack of a world, with everything that a history does to it. */
export class Real {
  readonly project: string;
  readonly #world: World;
  #host: HostedStack;
  #intruders = 0;

  private constructor(world: World, project: string, host: HostedStack) {
    this.#world = world;
    this.project = project;
    this.#host = host;
  }

  /** A new stack that was never up, with these values in ESC. */
  static async open(world: World, project: string, model: Model, values: Values): Promise<Real> {
    const host = await world.stack({
      project,
      worker: wranglerFile([...model.declared]),
      code: codeOf(model.code),
      secrets: Object.fromEntries(values),
      config: { scriptName: project },
    });
    const real = new Real(world, project, host);
    writeFileSync(join(real.#root, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    symlinkSync(join(REPOSITORY, "node_modules"), join(real.#root, "node_modules"));
    model.latest = await real.#revision();
    model.revisions.set(model.latest, values);
    return real;
  }

  get #root(): string {
    return join(this.#world.folder, this.project);
  }

  get #values(): string {
    return `${this.project}/dev-secrets`;
  }

  writeWorker(model: Model): void {
    workerFolder(this.#root, "worker", wranglerFile([...model.declared]), codeOf(model.code));
  }

  async setValue(name: Name, value: string): Promise<number> {
    await setVariables(this.#world.client, this.#values, [{ name, value, secret: true }]);
    return this.#revision();
  }

  async unsetValue(name: Name): Promise<number> {
    await editEnvironment(this.#world.client, this.#values, (document) => {
      document.deleteIn(["values", "environmentVariables", name]);
      return [name];
    });
    return this.#revision();
  }

  async #revision(): Promise<number> {
    const stored = await this.#world.client.environment(this.#values);
    assert.ok(stored?.revision !== undefined);
    return stored.revision;
  }

  setPin(pin: number | undefined): void {
    const file = this.#configFile;
    const content = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    const key = "worker-secrets:secretsRevision";
    if (pin === undefined) delete content.config[key];
    else content.config[key] = String(pin);
    writeFileSync(file, stringify(content));
  }

  /** The pin as the file has it: `ws rollback` writes it. */
  readPin(): number | undefined {
    const { config } = parse(readFileSync(this.#configFile, "utf8")) as { config: Record<string, unknown> };
    const pin = config["worker-secrets:secretsRevision"];
    return pin === undefined ? undefined : Number(pin);
  }

  get #configFile(): string {
    return join(this.#root, "Pulumi.dev.yaml");
  }

  /** Somebody edits the stack's own Environment: a line more, or the mapping of another pin. */
  async editDefinition(kind: "intruder" | "pinned"): Promise<void> {
    const { client } = this.#world;
    const name = `${this.project}/dev`;
    const stored = await client.environment(name);
    const yaml =
      kind === "pinned"
        ? defineEnvironment({ names: environmentNames(this.project, "dev"), secretsRevision: "1" }).yaml
        : (stored?.yaml ?? "").replace(
            "  pulumiConfig:",
            `    INTRUDER_${++this.#intruders}: x\n  pulumiConfig:`,
          );
    await client.updateEnvironment(name, yaml);
  }

  /** Whether the stack's own Environment is what this checkout and this pin declare. */
  async isDefined(pin: number | undefined): Promise<boolean> {
    const { project } = this;
    const stored = await this.#world.client.environment(`${project}/dev`);
    const secretsRevision = pin === undefined ? undefined : String(pin);
    const declared = defineEnvironment({
      names: environmentNames(project, "dev"),
      secretsRevision,
      scripts: [project],
    });
    return stored !== undefined && sameDocument(stored.yaml, declared.yaml);
  }

  putSecret(name: Name, text: string): Promise<void> {
    return this.#secret("PUT", "", { name, text, type: "secret_text" });
  }

  deleteSecret(name: Name): Promise<void> {
    return this.#secret("DELETE", `/${name}`);
  }

  async #secret(method: string, below: string, body?: unknown): Promise<void> {
    const answer = await this.#cloudflare(`/secrets${below}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${below} answered ${answer.status}: ${await answer.text()}`);
  }

  #cloudflare(below: string, init: RequestInit = {}): Promise<Response> {
    const { url, accountId, token } = this.#world.sandbox.description.cloudflare;
    return fetch(`${url}/accounts/${accountId}/workers/scripts/${this.project}${below}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
  }

  /** `undefined` while there is no Worker. */
  async see(): Promise<Seen | undefined> {
    const listed = await this.#cloudflare("/secrets");
    if (listed.status === 404) return undefined;
    const { result } = (await listed.json()) as { result: { name: string }[] };
    const names = result.map(({ name }) => name).sort();
    const answer = await ask(this.#world.sandbox.description.workers.url, this.project, { path: "/" });
    if (answer.status !== 200) return { names, digests: undefined, code: undefined };
    const { digests, code } = JSON.parse(answer.body) as { digests: Record<string, string>; code: number };
    return { names, digests, code };
  }

  /** The text that the engine printed. Fails with the program's message. */
  async up(): Promise<string> {
    return (await this.#host.up()).text;
  }

  /** The steps of a preview that are not `same`; none when there is nothing to do. */
  async previewed(): Promise<{ changes: readonly string[]; text: string }> {
    const { changes, text } = await this.#host.preview();
    return { changes: Object.keys(changes).filter((kind) => kind !== "same"), text };
  }

  destroy(): Promise<void> {
    return this.#host.destroy();
  }

  async refresh(): Promise<void> {
    await this.#host.automation.refresh({ color: "never" });
  }

  /** An `up` whose process and engine are killed once it has printed that many lines. Says whether it was. */
  async crash(lines: number): Promise<boolean> {
    const { pulumi } = this.#world.sandbox.description;
    const child = spawn(process.execPath, [join(import.meta.dirname, "up-process.ts")], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HISTORY_UP: JSON.stringify({
          project: this.project,
          stack: "dev",
          organization: pulumi.organization,
          root: this.#root,
          engine: enginePath(),
          env: this.#world.env,
        }),
      },
    });
    let text = "";
    let killed = false;
    child.stderr.resume();
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (killed || child.pid === undefined || text.split("\n").length <= lines) return;
      killed = true;
      process.kill(-child.pid, "SIGKILL");
    });
    await new Promise((resolve) => child.on("close", resolve));
    assert.ok(!text.includes("canary"), "it printed a value");
    // One that was not killed has ended the update itself.
    if (killed) await this.#host.automation.cancel().catch(() => undefined);
    return killed;
  }

  rollback(): Promise<Ended> {
    const { pulumi, cloudflare } = this.#world.sandbox.description;
    return runNode(
      [
        "packages/worker-secrets/src/cli/ws.ts",
        "rollback",
        "--stack",
        "dev",
        "--yes",
        "--json",
        "--root",
        this.#root,
      ],
      {
        PULUMI_BACKEND_URL: pulumi.url,
        PULUMI_ACCESS_TOKEN: pulumi.token,
        CLOUDFLARE_BASE_URL: cloudflare.url,
        PULUMI_HOME: join(this.#world.folder, "home"),
        NO_COLOR: "1",
      },
    ).ended;
  }

  close(): Promise<void> {
    return this.#host.close();
  }
}

function wranglerFile(required: readonly Name[]): object {
  return { ...GOOD, secrets: { required } };
}

/** Fails unless the Worker has exactly these secrets; where it is not served, their names at least. */
export function assertBound(seen: Seen | undefined, bound: Bound | undefined): void {
  if (bound === undefined) {
    assert.equal(seen, undefined, "there is a Worker");
    return;
  }
  assert.ok(seen !== undefined, "there is no Worker");
  assert.deepEqual(seen.names, [...bound.keys()].sort());
  if (seen.digests === undefined) return;
  assert.deepEqual(
    Object.keys(seen.digests).sort(),
    seen.names,
    "workerd has other bindings than the API says",
  );
  for (const [name, value] of bound)
    if (value !== undefined) assert.equal(seen.digests[name], digestOf(value), `${name} has another value`);
}

/** What is there after a crash: what was there before, or all that was to come, and nothing in between. */
export function afterCrash(
  seen: Seen | undefined,
  before: Bound | undefined,
  wanted: Values | undefined,
): { readonly bound: Bound | undefined; readonly came: boolean } {
  const fits = (bound: Bound | undefined) => {
    try {
      assertBound(seen, bound);
      return true;
    } catch {
      return false;
    }
  };
  const settled = (bound: Bound | undefined) => (seen?.digests === undefined ? unknownValues(bound) : bound);
  if (fits(before)) return { bound: settled(before), came: false };
  assert.ok(
    wanted !== undefined && fits(wanted),
    `after the crash the Worker is neither as before nor as declared: ${JSON.stringify(seen)}`,
  );
  return { bound: settled(wanted), came: true };
}

function unknownValues(bound: Bound | undefined): Bound | undefined {
  return bound && new Map(NAMES.filter((name) => bound.has(name)).map((name) => [name, undefined]));
}
