import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { onExchange } from "../../../tests/contract/witness.ts";
import { type CloudflareContext, createCloudflareHalf } from "../src/cloudflare/index.ts";
import { witnessed } from "../src/http/exchange.ts";
import { openDataFolder } from "../src/store/folder.ts";
import type { Identity } from "../src/store/identity.ts";
import { startWorkers, type WorkersOptions } from "../src/workers/index.ts";

export const identity: Identity = {
  user: "dev",
  email: "dev@example.test",
  organization: "dev",
  token: "sandbox-token-0123456789-0123456789-0123456789",
  accountId: "0123456789abcdef0123456789abcdef",
  accountName: "Sandbox",
  subdomain: "sandbox",
};

export interface Envelope {
  readonly success: boolean;
  readonly errors: readonly {
    readonly code: number;
    readonly message: string;
    readonly error_chain?: readonly { readonly code: number }[];
  }[];
  readonly messages: readonly { readonly code: number; readonly message: string }[];
  // The shape differs by operation; tests compare it whole.
  readonly result: Readonly<Record<string, unknown>>;
  readonly result_info?: Readonly<Record<string, number>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Envelope;
  readonly codes: readonly number[];
}

export interface Half {
  readonly context: CloudflareContext;
  readonly folder: string;
  readonly api: string;
  readonly workersUrl: string;
  /** Every reply of the API so far, as text. */
  readonly replies: string[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Stops everything; the folder stays, for `startHalf(folder)`. */
  stop(): Promise<void>;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "cloudflare-half-"));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export async function startHalf(folder: string, options: WorkersOptions = {}): Promise<Half> {
  const data = openDataFolder(folder);
  const workers = await startWorkers({ folder: join(folder, "workers"), ...options });
  const context: CloudflareContext = {
    store: data.store,
    vault: data.vault,
    identity,
    workers,
    now: () => new Date(),
    workersUrl: () => workers.url,
    report: (error) => console.error(error),
  };
  const half = createCloudflareHalf(context);
  const server = createServer(getRequestListener(witnessed(half.fetch, onExchange)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const api = `http://127.0.0.1:${address.port}/client/v4`;
  const replies: string[] = [];
  return {
    context,
    folder,
    api,
    workersUrl: workers.url,
    replies,
    async call(method, path, body, headers = {}) {
      const isForm = body instanceof FormData;
      const sent = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) };
      const type: Record<string, string> =
        isForm || body === undefined ? {} : { "content-type": "application/json" };
      const answer = await fetch(api + path.replace("/A/", `/${identity.accountId}/`), {
        method,
        headers: { authorization: `Bearer ${identity.token}`, ...type, ...headers },
        ...sent,
      });
      const text = await answer.text();
      replies.push(text);
      const parsed = JSON.parse(text) as Envelope;
      const codes = parsed.errors.map(({ code }) => code);
      return { status: answer.status, headers: answer.headers, body: parsed, codes };
    },
    async stop() {
      await workers.close();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      data.close();
    },
  };
}

export const SCRIPTS = "/accounts/A/workers/scripts";

/** An upload as the provider makes it: modules first, then the metadata with a content type. */
export function upload(
  source: string,
  metadata: Readonly<Record<string, unknown>> = {},
  modules: Readonly<Record<string, [type: string, content: string | Uint8Array<ArrayBuffer>]>> = {},
): FormData {
  const form = new FormData();
  const type = "application/javascript+module";
  form.append("worker.js", new File([source], "worker.js", { type }));
  for (const [name, [kind, content]] of Object.entries(modules)) {
    form.append(name, new File([content], name, { type: kind }));
  }
  const all = { main_module: "worker.js", bindings: [], compatibility_date: "2026-11-01", ...metadata };
  form.append("metadata", new Blob([JSON.stringify(all)], { type: "application/json" }));
  return form;
}

export function secret(name: string, text: string) {
  return { name, type: "secret_text", text };
}

/** A Worker that says what it finds in `env`. */
export const SHOW_ENV = "export default { fetch(request, env) { return Response.json(env); } };";

/** Every byte of every file under the folder. */
export function bytesOf(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return Buffer.concat(files.map((one) => readFileSync(join(one.parentPath, one.name))));
}
