import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { checked } from "./form.ts";
import { publish, requireScript, updateScript } from "./state.ts";
import { inTurn } from "./turn.ts";

const Subdomain = v.object({ enabled: v.boolean(), previews_enabled: v.optional(v.nullable(v.boolean())) });

/** Both fields always: the provider takes a missing one for null. */
function subdomainOf({ subdomain }: ScriptRecord) {
  return { enabled: subdomain.enabled, previews_enabled: subdomain.previewsEnabled };
}

async function change(
  request: ApiRequest,
  context: CloudflareContext,
  enabled: boolean,
  previewsEnabled: boolean,
): Promise<Response> {
  const name = request.param("script");
  return inTurn(context, name, () => {
    const script = requireScript(context, request.param("account"), name);
    if (enabled && name.length > 63) {
      throw fault(
        400,
        10016,
        "The Worker's name is too long for a workers.dev address: at most 63 characters.",
      );
    }
    const changed = { ...script, subdomain: { enabled, previewsEnabled } };
    updateScript(context, changed);
    publish(context, changed);
    return success(subdomainOf(changed));
  });
}

const SUBDOMAIN = "/client/v4/accounts/:account/workers/scripts/:script/subdomain";

export const subdomainRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: SUBDOMAIN,
    operation: "WorkersScriptsSubdomainGet",
    handle: (request, context) =>
      success(subdomainOf(requireScript(context, request.param("account"), request.param("script")))),
  },
  {
    method: "POST",
    path: SUBDOMAIN,
    operation: "WorkersScriptsSubdomainCreate",
    async handle(request, context) {
      const sent = checked(Subdomain, await request.json(), "subdomain");
      return change(request, context, sent.enabled, sent.previews_enabled ?? sent.enabled);
    },
  },
  {
    method: "DELETE",
    path: SUBDOMAIN,
    operation: "WorkersScriptsSubdomainDelete",
    handle: (request, context) => change(request, context, false, false),
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/subdomain",
    operation: "WorkersSubdomainsGet",
    handle: (_request, { identity }) => success({ subdomain: identity.subdomain }),
  },
];
