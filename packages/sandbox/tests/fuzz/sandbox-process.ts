import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type RunningSandbox, runSandbox } from "../../../../tests/helpers/process.ts";
import type { Attack, Places } from "./corpus.ts";

/** The heap of the sandbox's process: far above what a request of the fuzzer may cost. */
const HEAP_MEGABYTES = 768;

/** All memory of the process, at any time; workerd is another one. */
const MOST_MEGABYTES = 1536;

/** Nothing that the fuzzer sends takes seconds. Only a hang takes that long. */
const HANG_MS = 60_000;

/** A sandbox in a process of its own, whose heap is bounded. */
export class Victim {
  readonly #sandbox: RunningSandbox;
  #errors = "";
  readonly #stackUrl: (stack: string) => string;

  private constructor(sandbox: RunningSandbox) {
    this.#sandbox = sandbox;
    sandbox.child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString("utf8");
    });
    const { url, organization } = sandbox.description.pulumi;
    this.#stackUrl = (stack) => `${url}/api/stacks/${organization}/fuzz/${stack}`;
  }

  static async start(dataFolder: string): Promise<Victim> {
    const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}` };
    const victim = new Victim(await runSandbox(dataFolder, ["--port", "0"], env));
    const { url, organization } = victim.#sandbox.description.pulumi;
    const esc = `${url}/api/esc/environments/${organization}`;
    for (const name of ["one", "other"]) await victim.#user("POST", esc, { project: "fuzz", name });
    await victim.#user("PATCH", `${esc}/fuzz/other`, "values:\n  x: 1\n");
    for (const stack of ["checkpoints", "journal", "settings"])
      await victim.#user("POST", `${url}/api/stacks/${organization}/fuzz`, { stackName: stack });
    return victim;
  }

  /** Starts new updates, and gives where everything goes. */
  async places(): Promise<Places> {
    const { pulumi, cloudflare } = this.#sandbox.description;
    const [checkpoints, journal] = [
      await this.#update("checkpoints", false),
      await this.#update("journal", true),
    ];
    return {
      pulumi: pulumi.url,
      cloudflare: `${cloudflare.url}/accounts/${cloudflare.accountId}`,
      userToken: pulumi.token,
      cloudflareToken: cloudflare.token,
      checkpoints,
      journal,
    };
  }

  async #update(stack: string, journal: boolean): Promise<{ url: string; token: string }> {
    const created = await this.#user("POST", `${this.#stackUrl(stack)}/update`, {
      name: "fuzz",
      runtime: "nodejs",
      options: {},
      config: {},
      metadata: { message: "", environment: {} },
    });
    const url = `${this.#stackUrl(stack)}/update/${String(created.updateID)}`;
    const started = await this.#user("POST", url, { tags: {}, ...(journal ? { journalVersion: 1 } : {}) });
    return { url, token: String(started.token) };
  }

  /** Sends it. Fails unless the answer is one of the API's own, and the process as it should be. */
  async attack({ method, url, headers, body }: Attack): Promise<number> {
    const response = await fetch(url, {
      method,
      headers,
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(HANG_MS),
    });
    const text = await response.text();
    assert.ok(
      response.status < 500 || response.status === 501,
      `${response.status}: ${text.slice(0, 500)}${this.#told()}`,
    );
    if (text !== "" && response.status >= 400) JSON.parse(text);
    assert.equal(this.#errors, "", "the sandbox reported a fault");
    return response.status;
  }

  /** What was taken has to be readable: each stack's state is whole, and its update can end. */
  async endUpdates(places: Places): Promise<void> {
    for (const stack of ["checkpoints", "journal"] as const) {
      const { url, token } = places[stack];
      for (const when of ["running", "ended"]) {
        const exported = await this.#user("GET", `${this.#stackUrl(stack)}/export`);
        assert.ok("version" in exported, `${stack}, ${when}: ${JSON.stringify(exported).slice(0, 500)}`);
        if (when === "ended") continue;
        const body = JSON.stringify({ status: "succeeded" });
        const headers = { authorization: `update-token ${token}`, "content-type": "application/json" };
        const ended = await fetch(`${url}/complete`, { method: "POST", headers, body });
        assert.ok(ended.ok, `${stack} did not end: ${ended.status} ${await ended.text()}${this.#told()}`);
      }
    }
  }

  async #user(method: string, url: string, body?: object | string): Promise<Record<string, unknown>> {
    const response = await fetch(url, {
      method,
      headers: { authorization: `token ${this.#sandbox.description.pulumi.token}` },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(HANG_MS),
    });
    const text = await response.text();
    assert.ok(
      response.ok,
      `${method} ${url} answered ${response.status}: ${text.slice(0, 500)}${this.#told()}`,
    );
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** What the sandbox has reported since it was asked last. */
  #told(): string {
    const told = this.#errors;
    this.#errors = "";
    return told === "" ? "" : `\nthe sandbox's own output: ${told.slice(0, 2_000)}`;
  }

  /** Megabytes at the highest so far; `undefined` where the system does not tell. Fails above the bound. */
  memory(): number | undefined {
    let status: string;
    try {
      status = readFileSync(`/proc/${this.#sandbox.child.pid}/status`, "utf8");
    } catch {
      return undefined;
    }
    const highest = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    assert.ok(highest < MOST_MEGABYTES, `the sandbox took ${Math.round(highest)} MB`);
    return Math.round(highest);
  }

  get isRunning(): boolean {
    return this.#sandbox.child.exitCode === null && this.#sandbox.child.signalCode === null;
  }

  async stop(): Promise<void> {
    this.#sandbox.child.kill("SIGTERM");
    assert.equal((await this.#sandbox.ended).code, 0);
    assert.equal(this.#errors, "", "the sandbox reported a fault");
  }
}
