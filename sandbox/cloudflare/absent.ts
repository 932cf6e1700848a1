import type { Route } from "../http/route.ts";
import { listing, notInTheSandbox, success } from "./envelope.ts";
import type { CloudflareContext } from "./model.ts";

type Method = Route<CloudflareContext>["method"];

/** There are none, and that is an answer: `wrangler delete` asks for all of these. */
const empty: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/tails/by-consumer/:script",
    operation: "WorkersTailsByConsumerList",
    handle: () => success([]),
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/durable_objects/namespaces",
    operation: "DurableObjectsNamespacesList",
    handle: (request) => listing([], request.query),
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/storage/kv/namespaces",
    operation: "KvNamespacesList",
    handle: (request) => listing([], request.query, 100),
  },
];

/** Operations that the clients may well call and that are not here. Saying so beats a puzzling 404. */
const missing: readonly [what: string, path: string, ...Method[]][] = [
  ["cron triggers", "workers/scripts/:script/schedules", "GET", "PUT"],
  ["live tails", "workers/scripts/:script/tails", "GET", "POST"],
  ["live tails", "workers/scripts/:script/tails/:tail", "DELETE"],
  ["changing settings without an upload", "workers/scripts/:script/settings", "PATCH"],
  ["changing content without settings", "workers/scripts/:script/content", "PUT"],
  ["static assets", "workers/scripts/:script/assets-upload-session", "POST"],
  ["static assets", "workers/assets/upload", "POST"],
  ["the list of Workers in the newer API", "workers/workers", "GET", "POST"],
  ["changing a Worker through the newer API", "workers/workers/:worker", "PUT", "PATCH", "DELETE"],
  ["versions through the newer API", "workers/workers/:worker/versions", "GET", "POST"],
  ["versions through the newer API", "workers/workers/:worker/versions/:version", "GET", "PATCH", "DELETE"],
  ["registering a workers.dev subdomain", "workers/subdomain", "PUT"],
  ["custom domains", "workers/domains", "GET", "PUT"],
  ["custom domains", "workers/domains/:domain", "GET", "DELETE"],
  ["KV namespaces", "storage/kv/namespaces", "POST"],
  ["KV namespaces", "storage/kv/namespaces/:namespace", "GET", "PUT", "DELETE"],
  ["Secrets Store", "secrets_store/stores", "GET", "POST"],
  ["Secrets Store", "secrets_store/stores/:store", "GET", "DELETE"],
  ["Secrets Store", "secrets_store/stores/:store/secrets", "GET", "POST"],
  ["Secrets Store", "secrets_store/stores/:store/secrets/:secret", "GET", "PATCH", "DELETE"],
  ["account API tokens", "tokens", "GET", "POST"],
  ["account API tokens", "tokens/:token", "GET", "PUT", "DELETE"],
];

const unavailable = missing.flatMap(([what, path, ...methods]) =>
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

export const absentRoutes: readonly Route<CloudflareContext>[] = [...empty, ...unavailable];
