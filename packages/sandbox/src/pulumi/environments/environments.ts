import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import { dropEnvironmentGrants } from "../access/grants.ts";
import type { PulumiHalf } from "../context.ts";
import { conflict } from "../errors.ts";
import { userInfo } from "../identity.ts";
import { body, organization } from "../input.ts";
import { pageOf } from "../pages.ts";
import { createEnvironment } from "./create.ts";
import { refuseIfChanged } from "./definitions.ts";
import { softDelete } from "./deleted.ts";
import { E, ESC, findEnvironment } from "./find.ts";
import { environments } from "./records.ts";
import { viewOf } from "./view.ts";

/** Clients ask again with the token until it is empty. */
function list(request: ApiRequest, context: PulumiHalf, owner: string | null): Response {
  const all = context.store.list(environments, owner === null || owner === "" ? [] : [owner]);
  const { page, next = "" } = pageOf(request, all);
  return json(200, { environments: page.map(({ record }) => viewOf(context, record)), nextToken: next });
}

function remove(request: ApiRequest, context: PulumiHalf): Response {
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    refuseIfChanged(request, environment);
    if (environment.deletionProtected) {
      throw conflict("the environment is deletion-protected; disable its deletion protection first");
    }
    // That others still import it is no obstacle: they fail when they are opened next.
    softDelete(context, environment);
    dropEnvironmentGrants(context, environment);
    return empty(200);
  });
}

function allTags(request: ApiRequest, context: PulumiHalf): Response {
  const values = new Map<string, Set<string>>();
  for (const { record } of context.store.list(environments, [organization(request, context)])) {
    for (const [tag, { value }] of Object.entries(record.tags)) {
      values.set(tag, (values.get(tag) ?? new Set()).add(value));
    }
  }
  return json(200, Object.fromEntries([...values].map(([tag, found]) => [tag, [...found].sort()])));
}

export const environmentRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: ESC,
    operation: "ListEnvironments",
    handle: (request, context) => list(request, context, request.query.get("organization")),
  },
  {
    method: "GET",
    path: `${ESC}/:org`,
    operation: "ListOrgEnvironments",
    handle: (request, context) => list(request, context, organization(request, context)),
  },
  {
    method: "POST",
    path: `${ESC}/:org`,
    operation: "CreateEnvironment",
    handle: async (request, context) => {
      const { project, name } = await body(request, v.object({ project: v.string(), name: v.string() }));
      createEnvironment(context, organization(request, context), project, name);
      return json(200, {});
    },
  },
  { method: "GET", path: `${ESC}/:org/tags`, operation: "ListAllEnvironmentTags", handle: allTags },
  { method: "DELETE", path: E, operation: "DeleteEnvironment", handle: remove },
  {
    method: "GET",
    path: `${E}/metadata`,
    operation: "GetEnvironmentMetadata",
    handle: (request, context) =>
      json(200, { id: findEnvironment(request, context).id, ownedBy: userInfo(context.identity) }),
  },
];
