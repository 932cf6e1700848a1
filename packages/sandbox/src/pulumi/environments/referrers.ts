import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest } from "../errors.ts";
import { wholeNumber } from "../input.ts";
import { openFacts } from "../state/find.ts";
import { stacks, updates } from "../state/records.ts";
import { E, findEnvironment, findRevision, revisionAt, revisionNumber } from "./find.ts";
import { type Environment, environments } from "./records.ts";
import { type Reference, reference, references } from "./references.ts";

interface Referrer {
  readonly reference: Reference;
  readonly view:
    | { readonly environment: { project: string; name: string; revision: number } }
    | { readonly stack: { project: string; stack: string; version: number } };
}

/** Environments whose latest revision imports something. */
function environmentReferrers(context: PulumiHalf, organization: string): Referrer[] {
  return context.store.list(environments, [organization]).flatMap(({ record }) => {
    const { project, name, latest: revision } = record;
    const text = revisionAt(context, record, "latest")?.text ?? "";
    return references(text).map((found) => ({
      reference: found,
      view: { environment: { project, name, revision } },
    }));
  });
}

/** Stacks, by the Environments that the CLI said it had opened for each of their updates. */
function stackReferrers(context: PulumiHalf, organization: string, latestOnly: boolean): Referrer[] {
  return context.store.list(stacks, [organization]).flatMap(({ record: stack }) => {
    const { project, name } = stack;
    const made = context.store.list(updates, [stack.id]).flatMap(({ record }) => {
      const { version } = record;
      return version === undefined ? [] : [{ version, facts: openFacts(context, stack, record) }];
    });
    const newest = Math.max(...made.map(({ version }) => version));
    return made
      .filter(({ version }) => !latestOnly || version === newest)
      .sort((a, b) => a.version - b.version)
      .flatMap(({ version, facts }) =>
        opened(facts.environment["stack.environments"]).map((found) => ({
          reference: found,
          view: { stack: { project, stack: name, version } },
        })),
      );
  });
}

/** The CLI's JSON: `[{"id":"project/name"}]`. */
function opened(text: string | undefined): Reference[] {
  try {
    return (JSON.parse(text ?? "[]") as { id: string }[]).map(({ id }) => reference(id));
  } catch {
    return [];
  }
}

/** Groups by the revision or tag that the reference names. Without `allRevisions`, only what means this revision. */
function list(request: ApiRequest, context: PulumiHalf, version: string): Response {
  const environment = findEnvironment(request, context);
  const { number } = findRevision(context, environment, version);
  const count = wholeNumber(request, "count") ?? 500;
  if (count < 1 || count > 500) throw badRequest("count must be between 1 and 500");
  const from = wholeNumber(request, "continuationToken") ?? 0;
  const all = request.query.get("allRevisions") === "true";
  const latestOnly = request.query.get("latestStackVersionOnly") === "true";
  const { organization } = environment;
  const found = [
    ...environmentReferrers(context, organization),
    ...stackReferrers(context, organization, latestOnly),
  ].filter(({ reference: to }) => means(environment, to, all ? undefined : number));
  const page = found.slice(from, from + count);
  const next = from + page.length;
  const groups = Object.groupBy(page, ({ reference: to }) => to.version);
  return json(200, {
    referrers: Object.fromEntries(
      Object.entries(groups).map(([key, group = []]) => [key, group.map(({ view }) => view)]),
    ),
    ...(next < found.length ? { continuationToken: String(next) } : {}),
  });
}

function means(environment: Environment, { project, name, version }: Reference, wanted?: number): boolean {
  if (project !== environment.project || name !== environment.name) return false;
  return wanted === undefined || revisionNumber(environment, version) === wanted;
}

export const referrerRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: `${E}/referrers`,
    operation: "ListEnvironmentReferrers",
    handle: (request, context) => list(request, context, "latest"),
  },
  {
    method: "GET",
    path: `${E}/versions/:version/referrers`,
    operation: "ListEnvironmentReferrersAtVersion",
    handle: (request, context) => list(request, context, request.param("version")),
  },
];
