import * as v from "valibot";
import type { Fault } from "../faults.ts";
import { jsonOrText } from "./json-or-text.ts";

/** What a team may do with an Environment, in the service's words. */
export type Permission = "read" | "open" | "write" | "admin";

/** A value for each of a stack's two value Environments; absent where nothing is said of one. */
export interface PerEnvironment<T> {
  readonly secrets?: T | undefined;
  readonly cloudflare?: T | undefined;
}

/** The metadata of one stack's value Environments. */
export interface ManagedStack {
  readonly stack: string;
  /** Their names, where that stack's config gives them others than the defaults. */
  readonly environments: PerEnvironment<string>;
  /** Nobody can delete them before this is taken back. Default: false. */
  readonly protect: boolean;
  /** By name. Those of the key `tags` beside `stacks` are among them. */
  readonly tags: ReadonlyMap<string, string>;
  /** When `fn::rotate` in them runs: a cron expression of five fields, in UTC. Default: never. */
  readonly rotate: PerEnvironment<string>;
  /** By team. */
  readonly teams: ReadonlyMap<string, PerEnvironment<Permission>>;
}

const text = v.pipe(v.string("must be a text"), v.nonEmpty("is empty"));
const cron = v.pipe(text, v.regex(/^(\S+\s+){4}\S+$/, "must be a cron expression of five fields"));
const permission = v.picklist(["read", "open", "write", "admin"], "must be read, open, write or admin");
const unknown = (known: string) => (issue: v.BaseIssue<unknown>) =>
  issue.expected === "never" ? `is not known; known are ${known}` : "must be an object";
const environmentName = v.optional(v.pipe(text, v.regex(/^\w[\w.-]*\/\w[\w.-]*$/, "must be PROJECT/NAME")));
const tags = v.optional(v.record(text, text, "must be an object of texts"), {});

const stack = v.strictObject(
  {
    environments: v.optional(v.strictObject({ secrets: environmentName, cloudflare: environmentName }), {}),
    protect: v.optional(v.boolean("must be true or false"), false),
    tags,
    // A schedule rotates whatever the Environment makes itself; of the two, that is nearly always the one of the secrets.
    rotate: v.optional(
      v.union(
        [
          v.pipe(
            cron,
            v.transform((secrets) => ({ secrets })),
          ),
          v.strictObject({ secrets: v.optional(cron), cloudflare: v.optional(cron) }),
        ],
        "must be a cron expression of five fields, or {secrets: …, cloudflare: …} of them",
      ),
      {},
    ),
    teams: v.optional(
      v.record(
        text,
        v.union(
          [
            v.pipe(
              permission,
              v.transform((both) => ({ secrets: both, cloudflare: both })),
            ),
            v.strictObject({ secrets: v.optional(permission), cloudflare: v.optional(permission) }),
          ],
          "must be read, open, write or admin, or {secrets: …, cloudflare: …} of them",
        ),
        "must be an object of permissions by team",
      ),
      {},
    ),
  },
  unknown("environments, protect, tags, rotate, teams"),
);

const schema = v.strictObject(
  {
    tags,
    stacks: v.record(
      v.pipe(v.string(), v.regex(/^\w[\w.-]*$/, "is no stack's name")),
      stack,
      "must be an object of stacks by name",
    ),
  },
  unknown("stacks, tags"),
);

/** Parses the config key `platform`; `raw` is its text, JSON. `where` names it in messages. Collects every fault. */
export function parsePlatform(raw: string, where: string, faults: Fault[]): readonly ManagedStack[] {
  const parsed = v.safeParse(schema, jsonOrText(raw));
  if (!parsed.success) {
    for (const issue of parsed.issues) {
      const path = v.getDotPath(issue);
      faults.push({
        where,
        what: `'platform${path === null ? "" : `.${path}`}' ${issue.input === undefined ? "is missing" : issue.message}`,
        fix: "Write: platform: {stacks: {STACK: {protect: …, tags: …, rotate: …, teams: …}}}, as docs/platform.md has it.",
      });
    }
    return [];
  }
  const { tags: common, stacks } = parsed.output;
  return Object.entries(stacks).map(([name, { environments, protect, tags: own, rotate, teams }]) => ({
    stack: name,
    environments,
    protect,
    tags: new Map(Object.entries({ ...common, ...own })),
    rotate,
    teams: new Map(Object.entries(teams)),
  }));
}
