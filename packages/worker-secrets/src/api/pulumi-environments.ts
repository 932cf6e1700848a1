import * as v from "valibot";
import type { Change } from "./effects.ts";
import { type Answer, parseJson, shaped, type Write } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";

/** Who imports an Environment, and an Environment that was deleted. */
export interface Referrers {
  /** `<project>/<name>`. */
  readonly environments: readonly string[];
  /** `<project>/<stack>`. */
  readonly stacks: readonly string[];
}

/** What the service knows of an Environment besides its text. `environment` is `<project>/<name>`. */
export interface EnvironmentFacts {
  /** The value of one of its tags; `undefined` where it has no such tag, or is not there. */
  environmentTag(environment: string, tag: string): Promise<string | undefined>;
  /** `false` when it has a tag of that name already. */
  addEnvironmentTag(environment: string, tag: string, value: string): Promise<boolean>;
  /** Who imports it, at any revision. Not every caller may list that: then `undefined`. */
  environmentReferrers(environment: string): Promise<Referrers | undefined>;
  /**
   * When an Environment of that name was deleted last, as the service writes the time, while it can be restored
   * (`GET /api/esc/environments/{org}/restore`); `undefined` also where the service doesn't say.
   */
  deletedAt(environment: string): Promise<string | undefined>;
}

/** The calls of Pulumi Cloud's client, by path. */
interface Calls {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, write: Write): Promise<Answer | "done">;
}

const tagged = v.object({ value: v.string() });
const named = v.object({ project: v.string(), name: v.string() });
const referrers = v.object({
  referrers: v.record(
    v.string(),
    v.nullish(
      v.array(
        v.object({
          environment: v.nullish(named),
          stack: v.nullish(v.object({ project: v.string(), stack: v.string() })),
        }),
      ),
    ),
  ),
});
const deleted = v.object({
  environments: v.nullish(v.array(v.object({ ...named.entries, deletedAt: v.nullish(v.string()) }))),
  nextToken: v.nullish(v.string()),
});

/** A caller without the right, or a service without the route: an answer of its own, not a failure. */
const UNTOLD = [400, 401, 403, 404, 405, 501];
const MOST_PAGES = 20;

/** `environments` is the path of the organization's Environments, `pathOf` that of one of them. */
export function environmentFacts(
  { get, post }: Calls,
  environments: string,
  pathOf: (environment: string) => string,
): EnvironmentFacts {
  const readTag = async (environment: string, tag: string): Promise<string | undefined> => {
    const answer = await get(`${pathOf(environment)}/tags/${encodeURIComponent(tag)}`);
    if (answer.status === 404) return undefined;
    return shaped(tagged, parseJson(accepted(answer).text), "Pulumi Cloud").value;
  };
  return {
    environmentTag: readTag,
    async addEnvironmentTag(environment, tag, value) {
      const change: Change = { kind: "created", what: `tag '${tag}' of Environment ${environment}` };
      const answer = await post(
        `${pathOf(environment)}/tags`,
        { name: tag, value },
        {
          change: () => change,
          happened: async () => ((await readTag(environment, tag)) === value ? change : false),
          unknown: {
            place: change.what,
            what: `the ${change.what} was created`,
            look: `pulumi env tag get ${environment} ${tag}`,
          },
        },
      );
      if (answer === "done") return true;
      if (answer.status === 409) return false;
      accepted(answer);
      return true;
    },
    async environmentReferrers(environment) {
      const query = "count=500&allRevisions=true&latestStackVersionOnly=true";
      const answer = await get(`${pathOf(environment)}/referrers?${query}`);
      if (UNTOLD.includes(answer.status)) return undefined;
      const found = shaped(referrers, parseJson(accepted(answer).text), "Pulumi Cloud");
      const all = Object.values(found.referrers).flatMap((group) => group ?? []);
      const unique = (names: readonly string[]) => [...new Set(names)].sort();
      return {
        environments: unique(
          all.flatMap((one) =>
            one.environment ? [`${one.environment.project}/${one.environment.name}`] : [],
          ),
        ),
        stacks: unique(all.flatMap((one) => (one.stack ? [`${one.stack.project}/${one.stack.stack}`] : []))),
      };
    },
    async deletedAt(environment) {
      const times: string[] = [];
      let next = "";
      for (let page = 0; page < MOST_PAGES; page++) {
        const query = next === "" ? "" : `?${new URLSearchParams({ continuationToken: next })}`;
        const answer = await get(`${environments}/restore${query}`);
        if (UNTOLD.includes(answer.status)) return undefined;
        const found = shaped(deleted, parseJson(accepted(answer).text), "Pulumi Cloud");
        times.push(
          ...(found.environments ?? []).flatMap((one) =>
            `${one.project}/${one.name}` === environment && one.deletedAt ? [one.deletedAt] : [],
          ),
        );
        next = found.nextToken ?? "";
        if (next === "") break;
      }
      return times.sort().at(-1);
    },
  };
}
