import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { assertContract, onExchange } from "../../../tests/contract/witness.ts";
import { witnessed } from "../src/http/exchange.ts";
import { front } from "../src/http/front.ts";
import { createPulumiHalf } from "../src/pulumi/index.ts";
import { openDataFolder } from "../src/store/folder.ts";
import type { Identity } from "../src/store/identity.ts";

export const identity: Identity = {
  user: "ann",
  email: "ann@example.test",
  organization: "acme",
  token: "sandbox-token-0123456789-0123456789-0123456789",
  accountId: "0123456789abcdef0123456789abcdef",
  accountName: "Sandbox",
  subdomain: "sandbox",
};

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; its shape differs by operation. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  /** Instead of the user's token. `null` sends none. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A served Pulumi half on a folder of its own. */
export interface Service {
  readonly url: string;
  /** The data folder. */
  readonly folder: string;
  /** A text body goes as it is, anything else as JSON. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Reply>;
  /** Moves the service's clock. */
  advance(seconds: number): void;
  /** Stops serving, and serves the same folder again with all memory gone. */
  restart(): Promise<void>;
  /** All bytes the data folder holds, the write-ahead log included. */
  bytesOnDisk(): Buffer;
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** By default, journals are taken up when the client offers them. */
  readonly journals?: boolean;
  /** Is given a copy of each request before it is answered. */
  readonly onRequest?: (request: Request) => Promise<void>;
}

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const path = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  let offset = 0;
  const now = () => new Date(Date.now() + offset);
  let running = await run(path, now, options);
  return {
    folder: path,
    get url() {
      return running.url;
    },
    async call(method, target, body, { authorization = `token ${identity.token}`, headers = {} } = {}) {
      const response = await fetch(`${running.url}${target}`, {
        method,
        headers: { ...(authorization === null ? {} : { authorization }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type") === "application/json" && text !== "";
      const parsed = (isJson ? JSON.parse(text) : {}) as Readonly<Record<string, unknown>>;
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
    advance(seconds) {
      offset += seconds * 1000;
    },
    async restart() {
      await running.stop();
      running = await run(path, now, options);
    },
    bytesOnDisk() {
      const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((file) =>
        file.isFile(),
      );
      return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))));
    },
    async close() {
      await running.stop();
      rmSync(path, { recursive: true, force: true });
      assertContract();
    },
  };
}

async function run(
  path: string,
  now: () => Date,
  { journals = true, onRequest }: ServiceOptions,
): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = openDataFolder(path);
  const half = createPulumiHalf({ store: folder.store, vault: folder.vault, identity, now, journals });
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>(
    (resolve) => {
      const answered = witnessed(front({ pulumi: half, cloudflare: half }), onExchange);
      const fetch = async (request: Request) => {
        await onRequest?.(request.clone());
        return answered(request);
      };
      const started = serve({ fetch, port: 0, hostname: "127.0.0.1" }, (info: AddressInfo) =>
        resolve({ server: started, port: info.port }),
      );
    },
  );
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          folder.close();
          resolve();
        });
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

export const STACK = "/api/stacks/acme/shop/dev";

export async function createStack(service: Service, name = "dev"): Promise<void> {
  await service.call("POST", "/api/stacks/acme/shop", { stackName: name });
}

/** One update that was created and started. */
export interface Started {
  readonly path: string;
  readonly version: number;
  readonly lease: CallOptions;
}

export async function create(service: Service, kind = "update", dryRun = false): Promise<string> {
  const { body } = await service.call("POST", `${STACK}/${kind}`, {
    name: "shop",
    runtime: "nodejs",
    options: { dryRun },
    config: { "shop:size": { string: "3", secret: false, object: false } },
    metadata: { message: "a change", environment: { "exec.kind": "cli" } },
  });
  return `${STACK}/update/${String(body.updateID)}`;
}

export async function start(
  service: Service,
  kind = "update",
  dryRun = false,
  journal = false,
): Promise<Started> {
  const path = await create(service, kind, dryRun);
  const { body } = await service.call("POST", path, {
    tags: { "pulumi:project": "shop" },
    ...(journal ? { journalVersion: 1 } : {}),
  });
  return {
    path,
    version: Number(body.version),
    lease: { authorization: `update-token ${String(body.token)}` },
  };
}

/** A whole update that leaves a state behind. */
export async function complete(
  service: Service,
  deployment: unknown,
  status = "succeeded",
): Promise<Started> {
  const started = await start(service);
  await service.call("PATCH", `${started.path}/checkpoint`, { version: 3, deployment }, started.lease);
  await service.call("POST", `${started.path}/complete`, { status }, started.lease);
  return started;
}
