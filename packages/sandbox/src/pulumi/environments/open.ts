import { type EscEnvironment, lookup } from "@worker-secrets/esc";
import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { notFound } from "../errors.ts";
import { organization } from "../input.ts";
import { anonymous, type Definition, opened, stored } from "./evaluation.ts";
import { E, ESC, findEnvironment, findRevision } from "./find.ts";
import { openDuration, overrides } from "./query.ts";

/** Evaluates all values and keeps them for a while; the reply is only the session's id. */
async function open(
  request: ApiRequest,
  context: PulumiHalf,
  owner: string,
  definition: Definition,
): Promise<Response> {
  const duration = openDuration(request);
  const { environment, diagnostics } = await opened(request, context, definition, {
    overrides: overrides(request),
  });
  const id = context.sessions.open(owner, environment, duration);
  return json(200, { id, ...(diagnostics.length === 0 ? {} : { diagnostics }) });
}

function openStored(request: ApiRequest, context: PulumiHalf, version: string): Promise<Response> {
  const environment = findEnvironment(request, context);
  const { text } = findRevision(context, environment, version);
  return open(request, context, environment.id, stored(context, environment, text));
}

/** The values of an open Environment, or the one at `?property=`. */
function read(request: ApiRequest, context: PulumiHalf, owner: string): Response {
  const environment = context.sessions.read(owner, request.param("session")) as EscEnvironment | undefined;
  if (environment === undefined)
    throw notFound("Open environment not found: it has expired, or was never opened here");
  const property = request.query.get("property") ?? "";
  if (property === "") return json(200, environment);
  const value = lookup(environment, property);
  if (value === undefined) throw notFound(`The environment has no property '${property}'`);
  return json(200, value);
}

/** What an anonymous document's session belongs to. */
const anonymousOwner = (request: ApiRequest, context: PulumiHalf) => `yaml/${organization(request, context)}`;

export const openRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: `${ESC}/:org/yaml/open`,
    operation: "OpenYAML",
    handle: async (request, context) => {
      const definition = anonymous(organization(request, context), await request.text());
      return open(request, context, anonymousOwner(request, context), definition);
    },
  },
  {
    method: "GET",
    path: `${ESC}/:org/yaml/open/:session`,
    operation: "ReadAnonymousOpenEnvironment",
    handle: (request, context) => read(request, context, anonymousOwner(request, context)),
  },
  {
    method: "POST",
    path: `${E}/open`,
    operation: "OpenEnvironment",
    handle: (request, context) => openStored(request, context, "latest"),
  },
  {
    method: "POST",
    path: `${E}/versions/:version/open`,
    operation: "OpenEnvironmentAtVersion",
    handle: (request, context) => openStored(request, context, request.param("version")),
  },
  {
    method: "GET",
    path: `${E}/open/:session`,
    operation: "ReadOpenEnvironment",
    handle: (request, context) => read(request, context, findEnvironment(request, context).id),
  },
];
