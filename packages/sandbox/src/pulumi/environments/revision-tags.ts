import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, conflict, notFound } from "../errors.ts";
import { body, validName, wholeNumber } from "../input.ts";
import { E, findEnvironment, findRevision, ownEntry, putEnvironment, revisionAt } from "./find.ts";
import type { Environment, RevisionTag } from "./records.ts";

/** `latest` is always there, moves by itself, and nobody sets it. */
function allTags(environment: Environment): [string, RevisionTag][] {
  const { latest: revision, created, modified } = environment;
  const tags = Object.entries({ ...environment.revisionTags, latest: { revision, created, modified } });
  return tags.sort(([a], [b]) => (a < b ? -1 : 1));
}

function view({ identity }: PulumiHalf, name: string, { revision, created, modified }: RevisionTag) {
  return { name, revision, created, modified, editorLogin: identity.user, editorName: identity.user };
}

/** `after` is the last name of the page before; clients go on until a page is empty. */
function list(request: ApiRequest, context: PulumiHalf, version?: string): Response {
  const environment = findEnvironment(request, context);
  const only = version === undefined ? undefined : findRevision(context, environment, version).number;
  const after = request.query.get("after") ?? "";
  const tags = allTags(environment)
    .filter(([name, { revision }]) => name > after && (only === undefined || revision === only))
    .slice(0, wholeNumber(request, "count") || undefined);
  return json(200, {
    tags: tags.map(([name, tag]) => view(context, name, tag)),
    nextToken: tags.at(-1)?.[0] ?? "",
  });
}

/** The tag that a path names, for changing it. */
function ownTag(request: ApiRequest, environment: Environment): [string, RevisionTag] {
  const name = request.param("tag");
  if (name === "latest") throw badRequest("the tag 'latest' moves by itself and can't be changed or deleted");
  const tag = ownEntry(environment.revisionTags, name);
  if (tag === undefined) throw notFound(`Tag '${name}' not found`);
  return [name, tag];
}

const revisionSchema = v.nullish(v.pipe(v.number(), v.integer()), 0);

/**
 * The number of a revision there is; 0 stands for the latest. Another is a bad request: the CLI takes 'not found' for a
 * tag that is not there yet, and would go on to make it.
 */
function existing(context: PulumiHalf, environment: Environment, revision: number): number {
  if (revision === 0) return environment.latest;
  const found = revisionAt(context, environment, String(revision));
  if (found !== undefined) return found.number;
  const { project, name } = environment;
  throw badRequest(`Invalid revision tag: revision ${revision} of '${project}/${name}' not found`);
}

async function create(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, v.object({ name: v.string(), revision: revisionSchema }));
  const name = validName("name", wanted.name);
  if (/^\d/.test(name))
    throw badRequest("name must not begin with a digit: that would be a revision's number");
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    if (name === "latest" || ownEntry(environment.revisionTags, name) !== undefined)
      throw conflict(`Tag '${name}' already exists`);
    const revision = existing(context, environment, wanted.revision);
    const time = context.now().toISOString();
    const tag = { revision, created: time, modified: time };
    putEnvironment(context, { ...environment, revisionTags: { ...environment.revisionTags, [name]: tag } });
    return empty();
  });
}

async function move(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, v.object({ revision: revisionSchema }));
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    const [name, tag] = ownTag(request, environment);
    const revision = existing(context, environment, wanted.revision);
    const moved = { ...tag, revision, modified: context.now().toISOString() };
    putEnvironment(context, { ...environment, revisionTags: { ...environment.revisionTags, [name]: moved } });
    return empty();
  });
}

function remove(request: ApiRequest, context: PulumiHalf): Response {
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    const [name] = ownTag(request, environment);
    const { [name]: _, ...revisionTags } = environment.revisionTags;
    putEnvironment(context, { ...environment, revisionTags });
    return empty();
  });
}

const TAG = `${E}/versions/tags/:tag`;

/** To be mounted before `versions/:version`, which would take `tags` for a version. */
export const revisionTagRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: `${E}/versions/tags`,
    operation: "ListRevisionTags",
    handle: (request, context) => list(request, context),
  },
  { method: "POST", path: `${E}/versions/tags`, operation: "CreateRevisionTag", handle: create },
  {
    method: "GET",
    path: TAG,
    operation: "ReadRevisionTag",
    handle: (request, context) => {
      const name = request.param("tag");
      const found = allTags(findEnvironment(request, context)).find(([tag]) => tag === name);
      if (found === undefined) throw notFound(`Tag '${name}' not found`);
      return json(200, view(context, ...found));
    },
  },
  { method: "PATCH", path: TAG, operation: "UpdateRevisionTag", handle: move },
  { method: "DELETE", path: TAG, operation: "DeleteRevisionTag", handle: remove },
  {
    method: "GET",
    path: `${E}/versions/:version/tags`,
    operation: "ListTagsOfRevision",
    handle: (request, context) => list(request, context, request.param("version")),
  },
];
