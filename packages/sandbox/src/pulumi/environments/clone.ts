import * as v from "valibot";
import { type ApiRequest, empty, type Route } from "../../http/route.ts";
import { copyEnvironmentGrants } from "../access/grants.ts";
import type { PulumiHalf } from "../context.ts";
import { body } from "../input.ts";
import { createEnvironment } from "./create.ts";
import { E, findEnvironment, findRevision, putEnvironment, revisionKey } from "./find.ts";
import { type Environment, type Revision, revisions } from "./records.ts";
import { openText, sealText } from "./seal.ts";

const flag = v.nullish(v.boolean(), false);
const cloneSchema = v.object({
  project: v.nullish(v.string(), ""),
  name: v.string(),
  version: v.nullish(v.number(), 0),
  preserveAccess: flag,
  preserveHistory: flag,
  preserveEnvironmentTags: flag,
  preserveRevisionTags: flag,
});

async function clone(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, cloneSchema);
  return context.store.transaction(() => {
    const source = findEnvironment(request, context);
    const project = wanted.project === "" ? source.project : wanted.project;
    const copied = wanted.preserveHistory
      ? context.store.list(revisions, [source.id]).map(({ record }) => record)
      : [only(findRevision(context, source, wanted.version === 0 ? "latest" : String(wanted.version)))];
    const made = createEnvironment(context, source.organization, project, wanted.name);
    for (const revision of copied) {
      // Each Environment has its own key, so secrets are sealed anew.
      const text = sealText(context, made, openText(context, source, revision.text));
      context.store.put(revisions, revisionKey(made, revision.number), { ...revision, text });
    }
    const target: Environment = {
      ...made,
      latest: wanted.preserveHistory ? source.latest : 1,
      tags: wanted.preserveEnvironmentTags ? source.tags : {},
      // Tags of revisions that were not copied would point nowhere.
      revisionTags: wanted.preserveRevisionTags && wanted.preserveHistory ? source.revisionTags : {},
    };
    putEnvironment(context, target);
    if (wanted.preserveAccess) copyEnvironmentGrants(context, source, target);
    return empty();
  });
}

/** A revision that begins a new history. */
function only({ created, text }: Revision): Revision {
  return { number: 1, created, text };
}

export const cloneRoutes: readonly Route<PulumiHalf>[] = [
  { method: "POST", path: `${E}/clone`, operation: "CloneEnvironment", handle: clone },
];
