import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DataAccess } from "../data.ts";
import type { Lease } from "../running.ts";
import { d1Access, dropTables } from "./d1.ts";
import { dropKeys, kvAccess } from "./kv.ts";
import { dropObjects, r2Access } from "./r2.ts";
import { ROUTER_NAME } from "./router.ts";
import type { BoundRunning } from "./start.ts";
import type { UseStore } from "./use-store.ts";

export type StoreKind = "kv" | "d1" | "r2";

export interface DataHost {
  /** Where the data of bindings is kept. */
  readonly folder: string;
  /** Sees to it that the router binds the store, and leases a workerd that has it. */
  leaseFor(kind: StoreKind, id: string): Promise<Lease<BoundRunning>>;
  lease(): Promise<Lease<BoundRunning>>;
}

export function openData(host: DataHost): DataAccess {
  const using =
    <T>(
      open: (running: BoundRunning) => Promise<T>,
      lease: () => Promise<Lease<BoundRunning>>,
    ): UseStore<T> =>
    async (work) => {
      const { workerd, release } = await lease();
      try {
        return await work(await open(workerd));
      } finally {
        release();
      }
    };
  const kv = (id: string) =>
    using(
      ({ miniflare }) => miniflare.getKVNamespace(`kv ${id}`, ROUTER_NAME),
      () => host.leaseFor("kv", id),
    );
  const d1 = (id: string) =>
    using(
      ({ miniflare }) => miniflare.getD1Database(`d1 ${id}`, ROUTER_NAME),
      () => host.leaseFor("d1", id),
    );
  const r2 = (name: string) =>
    using(
      ({ miniflare }) => miniflare.getR2Bucket(`r2 ${name}`, ROUTER_NAME),
      () => host.leaseFor("r2", name),
    );
  const queue = using(async (running) => running, host.lease);
  return {
    kv: (id) => kvAccess(kv(id)),
    d1: (id) => d1Access(d1(id)),
    r2: (name) => r2Access(r2(name)),
    queue: (name) => ({
      async send(body, { delaySeconds } = {}) {
        await queue((running) => running.queue("send", { queue: name, body: encoded(body), delaySeconds }));
      },
      async purge() {
        await queue((running) => running.queue("purge", { queue: name }));
      },
      async count() {
        return queue(async (running) => Number(await running.queue("count", { queue: name })));
      },
    }),
    async drop(what) {
      switch (what.kind) {
        case "kv":
          return dropKeys(kv(what.namespaceId));
        case "d1":
          return dropTables(d1(what.databaseId));
        case "r2":
          return dropObjects(r2(what.bucketName));
        case "durable_objects":
          return dropFiles(host, join("do", what.namespaceId));
        case "workflow":
          return dropFiles(host, join("workflows", `miniflare-workflows-${what.workflowName}`));
      }
    },
  };
}

/** Once there is a lease no workerd has the class or the Workflow any more, so nothing holds its files. */
async function dropFiles({ folder, lease }: DataHost, below: string): Promise<void> {
  const { release } = await lease();
  rmSync(join(folder, below), { recursive: true, force: true });
  release();
}

function encoded(body: Parameters<ReturnType<DataAccess["queue"]>["send"]>[0]) {
  if ("bytes" in body) return { type: "bytes", value: Buffer.from(body.bytes).toString("base64") };
  if ("text" in body) return { type: "text", value: body.text };
  return { type: "json", value: body.json };
}
