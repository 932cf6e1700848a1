import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { conflict, notFound } from "../errors.ts";
import { body, validName, wholeNumber } from "../input.ts";
import { E, findEnvironment, ownEntry, putEnvironment } from "./find.ts";
import type { Environment, EnvironmentTag } from "./records.ts";

function view({ identity }: PulumiHalf, name: string, tag: EnvironmentTag) {
  return { name, ...tag, editorLogin: identity.user, editorName: identity.user };
}

/** `after` is an offset, maybe an empty text; clients go on until `nextToken` is "0". */
function list(request: ApiRequest, context: PulumiHalf): Response {
  const all = Object.entries(findEnvironment(request, context).tags).sort(([a], [b]) => (a < b ? -1 : 1));
  const from = wholeNumber(request, "after") ?? 0;
  const end = from + (wholeNumber(request, "count") || all.length);
  return json(200, {
    tags: Object.fromEntries(all.slice(from, end).map(([name, tag]) => [name, view(context, name, tag)])),
    nextToken: end < all.length ? String(end) : "0",
  });
}

function known(request: ApiRequest, environment: Environment): [string, EnvironmentTag] {
  const name = request.param("tag");
  const tag = ownEntry(environment.tags, name);
  if (tag === undefined) throw notFound(`Tag '${name}' not found`);
  return [name, tag];
}

function store(context: PulumiHalf, environment: Environment, tags: Environment["tags"]): void {
  putEnvironment(context, { ...environment, tags });
}

async function create(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const { name, value } = await body(request, v.object({ name: v.string(), value: v.string() }));
  validName("name", name);
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    if (ownEntry(environment.tags, name) !== undefined) throw conflict(`Tag '${name}' already exists`);
    const time = context.now().toISOString();
    const tag = { id: randomUUID(), value, created: time, modified: time };
    store(context, environment, { ...environment.tags, [name]: tag });
    return json(200, view(context, name, tag));
  });
}

const updateSchema = v.object({
  currentTag: v.object({ value: v.string() }),
  newTag: v.object({ name: v.nullish(v.string(), ""), value: v.nullish(v.string()) }),
});

/** A new value, a new name, or both; only if the value is still the one the client has seen. */
async function update(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const { currentTag, newTag } = await body(request, updateSchema);
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    const [oldName, tag] = known(request, environment);
    if (tag.value !== currentTag.value) throw conflict("the tag has changed since it was read");
    const name = newTag.name === "" ? oldName : validName("newTag.name", newTag.name);
    if (name !== oldName && ownEntry(environment.tags, name) !== undefined)
      throw conflict(`Tag '${name}' already exists`);
    const { [oldName]: _, ...others } = environment.tags;
    const changed = { ...tag, value: newTag.value ?? tag.value, modified: context.now().toISOString() };
    store(context, environment, { ...others, [name]: changed });
    return json(200, view(context, name, changed));
  });
}

function remove(request: ApiRequest, context: PulumiHalf): Response {
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    const [name] = known(request, environment);
    const { [name]: _, ...others } = environment.tags;
    store(context, environment, others);
    return empty();
  });
}

const TAG = `${E}/tags/:tag`;

export const environmentTagRoutes: readonly Route<PulumiHalf>[] = [
  { method: "GET", path: `${E}/tags`, operation: "ListEnvironmentTags", handle: list },
  { method: "POST", path: `${E}/tags`, operation: "CreateEnvironmentTag", handle: create },
  {
    method: "GET",
    path: TAG,
    operation: "GetEnvironmentTag",
    handle: (request, context) =>
      json(200, view(context, ...known(request, findEnvironment(request, context)))),
  },
  { method: "PATCH", path: TAG, operation: "UpdateEnvironmentTag", handle: update },
  { method: "DELETE", path: TAG, operation: "DeleteEnvironmentTag", handle: remove },
];
