import type { ApiRequest, Route } from "../../http/route.ts";
import { listing } from "../envelope.ts";
import { type CloudflareContext, scripts } from "../model.ts";
import { namespacesOf } from "./records.ts";

function list(request: ApiRequest, { store }: CloudflareContext): Response {
  const account = request.param("account");
  const names = new Map(store.list(scripts, [account]).map(({ record }) => [record.id, record.name]));
  const found = namespacesOf(store, account).map(({ id, scriptId, className, sqlite }) => {
    const script = names.get(scriptId) ?? "";
    return { id, name: `${script}_${className}`, script, class: className, use_sqlite: sqlite };
  });
  return listing(found, request.query);
}

export const durableObjectRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/durable_objects/namespaces",
    operation: "DurableObjectsNamespacesList",
    handle: list,
  },
];
