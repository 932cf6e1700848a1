import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest } from "../errors.ts";
import { body, wholeNumber } from "../input.ts";
import { E, findEnvironment, findRevision, revisionKey } from "./find.ts";
import { type Environment, type Revision, revisions } from "./records.ts";

function view({ identity }: PulumiHalf, environment: Environment, { number, created, retracted }: Revision) {
  const tags = Object.entries(environment.revisionTags).flatMap(([tag, { revision }]) =>
    revision === number ? [tag] : [],
  );
  if (number === environment.latest) tags.push("latest");
  const by = { byLogin: identity.user, byName: identity.user };
  return {
    number,
    created,
    creatorLogin: identity.user,
    creatorName: identity.user,
    ...(tags.length === 0 ? {} : { tags: tags.sort() }),
    ...(retracted === undefined ? {} : { retracted: { ...retracted, ...by } }),
  };
}

/** Newest first. `before` is exclusive; 0 or nothing means from the top, so `before=1` is the empty end. */
function list(request: ApiRequest, context: PulumiHalf): Response {
  const environment = findEnvironment(request, context);
  const before = wholeNumber(request, "before") || environment.latest + 1;
  const count = wholeNumber(request, "count") || environment.latest;
  const found: unknown[] = [];
  for (let number = Math.min(before - 1, environment.latest); number >= 1 && found.length < count; number--) {
    const revision = context.store.get(revisions, revisionKey(environment, number));
    if (revision !== undefined) found.push(view(context, environment, revision));
  }
  return json(200, found);
}

const retractSchema = v.object({
  replacement: v.nullish(v.pipe(v.number(), v.integer()), 0),
  reason: v.nullish(v.string(), ""),
});

async function retract(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, retractSchema);
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    const revision = findRevision(context, environment, request.param("version"));
    if (revision.number === environment.latest) throw badRequest("the latest revision can't be retracted");
    const replacement = wanted.replacement === 0 ? environment.latest : wanted.replacement;
    if (replacement === revision.number) throw badRequest("replacement must be another revision");
    findRevision(context, environment, String(replacement));
    const retracted = { replacement, at: context.now().toISOString(), reason: wanted.reason };
    context.store.put(revisions, revisionKey(environment, revision.number), { ...revision, retracted });
    return empty();
  });
}

export const revisionRoutes: readonly Route<PulumiHalf>[] = [
  { method: "GET", path: `${E}/versions`, operation: "ListEnvironmentRevisions", handle: list },
  {
    method: "POST",
    path: `${E}/versions/:version/retract`,
    operation: "RetractEnvironmentRevision",
    handle: retract,
  },
];
