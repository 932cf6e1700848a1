import type { Route } from "../http/route.ts";
import { notInTheSandbox } from "./envelope.ts";
import type { CloudflareContext } from "./model.ts";

type Method = Route<CloudflareContext>["method"];

/** Operations that the clients may well call and that are not here. Saying so beats a puzzling 404. */
const missing: readonly [what: string, path: string, ...Method[]][] = [
  ["changing content without settings", "workers/scripts/:script/content", "PUT"],
  ["registering a workers.dev subdomain", "workers/subdomain", "PUT"],
  [
    "the objects of a Durable Object namespace",
    "workers/durable_objects/namespaces/:namespace/objects",
    "GET",
  ],
  ["dispatch namespaces", "workers/dispatch/namespaces", "GET", "POST"],
  ["dispatch namespaces", "workers/dispatch/namespaces/:namespace", "GET", "DELETE"],
  ["Hyperdrive", "hyperdrive/configs", "GET", "POST"],
  ["Hyperdrive", "hyperdrive/configs/:config", "GET", "PUT", "PATCH", "DELETE"],
  ["Vectorize", "vectorize/v2/indexes", "GET", "POST"],
  ["Vectorize", "vectorize/v2/indexes/:index", "GET", "DELETE"],
  ["Pipelines", "pipelines", "GET", "POST"],
  ["Pipelines", "pipelines/v1/pipelines", "GET", "POST"],
  ["mTLS certificates", "mtls_certificates", "GET", "POST"],
  ["mTLS certificates", "mtls_certificates/:certificate", "GET", "DELETE"],
  ["instances of Workflows outside of Workers", "workflows/:workflow/instances", "GET", "POST"],
  ["instances of Workflows outside of Workers", "workflows/:workflow/instances/:instance", "GET"],
  ["instances of Workflows outside of Workers", "workflows/:workflow/instances/:instance/status", "PATCH"],
  ["versions of Workflows", "workflows/:workflow/versions", "GET"],
  ["exporting D1", "d1/database/:database/export", "POST"],
  ["D1's time travel", "d1/database/:database/time_travel/bookmark", "GET"],
  ["D1's time travel", "d1/database/:database/time_travel/restore", "POST"],
  ["pulling from a queue", "queues/:queue/messages/pull", "POST"],
  ["pulling from a queue", "queues/:queue/messages/ack", "POST"],
  ["purging a queue", "queues/:queue/purge", "GET", "POST"],
  ["R2's rules", "r2/buckets/:bucket/cors", "GET", "PUT", "DELETE"],
  ["R2's rules", "r2/buckets/:bucket/lifecycle", "GET", "PUT"],
  ["R2's rules", "r2/buckets/:bucket/lock", "GET", "PUT"],
  ["R2's domains", "r2/buckets/:bucket/domains/custom", "GET", "POST"],
  ["R2's domains", "r2/buckets/:bucket/domains/managed", "GET", "PUT"],
];

export const absentRoutes: readonly Route<CloudflareContext>[] = missing.flatMap(([what, path, ...methods]) =>
  methods.map(
    (method): Route<CloudflareContext> => ({
      method,
      path: `/client/v4/accounts/:account/${path}`,
      operation: `not in the sandbox: ${what}`,
      handle() {
        throw notInTheSandbox(what);
      },
    }),
  ),
);
