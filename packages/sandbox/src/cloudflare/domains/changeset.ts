import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { requireScript } from "../scripts/state.ts";
import { publishRoutes } from "../zones/routes.ts";
import { Origin, refuseTaken, resolveDomain, viewDomain } from "./domains.ts";
import { type DomainRecord, domains, domainsOf } from "./records.ts";

const Origins = v.array(Origin);
const Records = v.object({
  origins: Origins,
  override_scope: v.optional(v.boolean(), false),
  override_existing_origin: v.optional(v.boolean(), false),
});

interface Change {
  readonly before: readonly DomainRecord[];
  readonly wanted: readonly DomainRecord[];
  /** Of the script, and not wanted any more. */
  readonly removed: readonly DomainRecord[];
}

function changeOf(
  context: CloudflareContext,
  { account, name }: ScriptRecord,
  origins: readonly Origin[],
  replace: boolean,
): Change {
  const before = domainsOf(context.store, account);
  const wanted = origins.map((origin) => resolveDomain(context, origin, name, "production"));
  const names = new Set(wanted.map(({ hostname }) => hostname));
  const own = before.filter(({ service, hostname }) => service === name && !names.has(hostname));
  return { before, wanted, removed: replace ? own : [] };
}

/** What `records` would do. No DNS records conflict here: there are none. */
async function changeset(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const origins = checked(Origins, await request.json(), "custom domains");
  const replace = request.query.get("replace_state") === "true";
  const { before, wanted, removed } = changeOf(context, script, origins, replace);
  const known = new Map(before.map((one) => [one.id, one]));
  const updated = wanted.flatMap((one) => {
    const old = known.get(one.id);
    if (old === undefined) return [];
    const modified = JSON.stringify(viewDomain(old)) !== JSON.stringify(viewDomain(one));
    return [{ ...viewDomain(one), modified }];
  });
  return success({
    added: wanted.filter(({ id }) => !known.has(id)).map(viewDomain),
    removed: removed.map(viewDomain),
    updated,
    conflicting: [],
  });
}

async function records(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const sent = checked(Records, await request.json(), "custom domains");
  const { before, wanted, removed } = changeOf(context, script, sent.origins, sent.override_scope);
  if (!sent.override_existing_origin) refuseTaken(context, wanted);
  const { store } = context;
  store.transaction(() => {
    for (const { id } of removed) store.delete(domains, [script.account, id]);
    for (const domain of wanted) store.put(domains, [script.account, domain.id], domain);
  });
  const ids = new Set(wanted.map(({ id }) => id));
  const others = before.filter(({ id }) => ids.has(id)).map(({ service }) => service);
  publishRoutes(context, [script.name, ...others]);
  return success(wanted.map(viewDomain));
}

const SCRIPT_DOMAINS = "/client/v4/accounts/:account/workers/scripts/:script/domains";

export const domainChangeRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "POST",
    path: `${SCRIPT_DOMAINS}/changeset`,
    operation: "WorkersScriptsDomainsChangeset",
    handle: changeset,
  },
  {
    method: "PUT",
    path: `${SCRIPT_DOMAINS}/records`,
    operation: "WorkersScriptsDomainsUpdate",
    handle: records,
  },
];
