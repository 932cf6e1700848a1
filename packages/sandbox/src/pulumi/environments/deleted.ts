import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { conflict, notFound } from "../errors.ts";
import { body, organization } from "../input.ts";
import { pageOf } from "../pages.ts";
import { ESC, putEnvironment } from "./find.ts";
import {
  deletedEnvironments,
  type Environment,
  environments,
  revisions,
  rotationEvents,
  schedules,
} from "./records.ts";
import { viewOf } from "./view.ts";

/** The service documents a retention window without its length; here it is a number, as the service's is for stacks. */
const MOST_KEPT = 25;

/** Takes an Environment away, and keeps it to be restored. Must run within a transaction. */
export function softDelete(context: PulumiHalf, environment: Environment): void {
  const { organization: owner, project, name, id } = environment;
  context.store.delete(environments, [owner, project, name]);
  context.store.put(deletedEnvironments, [owner, id], {
    ...environment,
    deletedAt: context.now().toISOString(),
  });
  for (const { record } of kept(context, owner).slice(MOST_KEPT)) purge(context, owner, record.id);
}

/** Those of an organization, the last deleted one first. */
function kept(context: PulumiHalf, owner: string) {
  return context.store
    .list(deletedEnvironments, [owner])
    .sort((a, b) => (a.record.deletedAt < b.record.deletedAt ? 1 : -1));
}

function purge(context: PulumiHalf, owner: string, id: string): void {
  context.store.delete(deletedEnvironments, [owner, id]);
  context.store.deleteAll(revisions, [id]);
  context.store.deleteAll(rotationEvents, [id]);
  context.store.deleteAll(schedules, [id]);
}

function list(request: ApiRequest, context: PulumiHalf): Response {
  const { page, next = "" } = pageOf(request, kept(context, organization(request, context)));
  return json(200, {
    environments: page.map(({ record }) => ({ ...viewOf(context, record), deletedAt: record.deletedAt })),
    nextToken: next,
  });
}

const restoreSchema = v.object({ project: v.string(), name: v.string(), deletionTimestamp: v.string() });

/** The time tells which one is meant, where one of that name was deleted more than once. */
async function restore(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const { project, name, deletionTimestamp } = await body(request, restoreSchema);
  return context.store.transaction(() => {
    const owner = organization(request, context);
    const found = kept(context, owner).find(
      ({ record }) =>
        record.project === project && record.name === name && record.deletedAt === deletionTimestamp,
    );
    if (found === undefined) throw notFound(`Deleted environment '${owner}/${project}/${name}' not found`);
    if (context.store.get(environments, [owner, project, name]) !== undefined)
      throw conflict(`Environment '${owner}/${project}/${name}' already exists`);
    const { deletedAt: _, ...environment } = found.record;
    context.store.delete(deletedEnvironments, [owner, environment.id]);
    putEnvironment(context, environment);
    return empty();
  });
}

const PATH = `${ESC}/:org/restore`;

export const deletedRoutes: readonly Route<PulumiHalf>[] = [
  { method: "GET", path: PATH, operation: "ListDeletedEnvironments", handle: list },
  { method: "PUT", path: PATH, operation: "RestoreEnvironment", handle: restore },
];
