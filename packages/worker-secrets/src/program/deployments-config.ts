import * as v from "valibot";
import type { Fault } from "../faults.ts";
import { jsonOrText } from "./json-or-text.ts";

/** The config key `deployments`: what Pulumi Deployments is to do for the stack. All but `repository` is optional. */
export interface DeploymentsConfig {
  /** On GitHub, `owner/name`; Pulumi's GitHub app has to be installed there. */
  readonly repository: string;
  /** What is deployed. Default: `main`. */
  readonly branch: string;
  /** Globs below the repository's root; only a commit that touches one of them counts. Default: every commit. */
  readonly paths: readonly string[];
  /** Runs `up` for each commit of the branch. Default: false, since `ws promote` or deploy.yml does. */
  readonly deployCommits: boolean;
  /** A preview per pull request. It runs the pull request's code with the stack's values. Default: false; never with `prod`. */
  readonly previewPullRequests: boolean;
  /** The executor's image; it has to have Node 24. Default: Pulumi's own. */
  readonly image: string | undefined;
  /** When to look for drift: a cron expression of five fields, in UTC. Default: never. */
  readonly driftCron: string | undefined;
  /** Undoes the drift that is found. Default: false. */
  readonly driftRemediate: boolean;
  /** When the stack is destroyed and removed: a time in the future, RFC 3339. Default: never; never with `prod`. */
  readonly ttl: string | undefined;
}

const text = v.pipe(v.string("must be a text"), v.nonEmpty("is empty"));
const flag = v.optional(v.boolean("must be true or false"), false);
const CRON = /^(\S+\s+){4}\S+$/;
const KNOWN =
  "repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl";

const schema = v.strictObject(
  {
    repository: v.pipe(text, v.regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name")),
    branch: v.optional(v.pipe(text, v.regex(/^[\w./-]+$/, "is no branch's name")), "main"),
    paths: v.optional(v.array(text, "must be a list of globs"), []),
    deployCommits: flag,
    previewPullRequests: flag,
    image: v.optional(text),
    driftCron: v.optional(v.pipe(text, v.regex(CRON, "must be a cron expression of five fields"))),
    driftRemediate: flag,
    ttl: v.optional(
      v.pipe(
        text,
        v.isoTimestamp(
          // Without quotes, YAML makes a date of it, and the engine hands that on in another form.
          'must be a time in quotes, such as "2030-01-31T00:00:00Z"',
        ),
      ),
    ),
  },
  (issue) => (issue.expected === "never" ? `is not known; known are ${KNOWN}` : "must be an object"),
);

/** Parses the key; `raw` is the config's text, JSON. `where` names it in messages. `undefined` where it is not set. */
export function parseDeployments(
  raw: string | undefined,
  prod: boolean,
  where: string,
  faults: Fault[],
): DeploymentsConfig | undefined {
  if (raw === undefined) return undefined;
  const before = faults.length;
  const refuse = (what: string, fix: string) => void faults.push({ where, what, fix });
  const parsed = v.safeParse(schema, jsonOrText(raw));
  if (!parsed.success) {
    for (const issue of parsed.issues) {
      const path = v.getDotPath(issue);
      const missing = issue.input === undefined ? "is missing" : issue.message;
      refuse(
        `'deployments${path === null ? "" : `.${path}`}' ${missing}`,
        `Write: deployments: {repository: OWNER/NAME, …}. Its keys are ${KNOWN}.`,
      );
    }
    return undefined;
  }
  const { output } = parsed;
  if (output.driftRemediate && output.driftCron === undefined)
    refuse("'driftRemediate' without 'driftCron' does nothing", "Set driftCron, or take driftRemediate out.");
  if (prod && output.previewPullRequests)
    refuse(
      "'previewPullRequests' on a production stack: a preview runs the pull request's code with production's values",
      "Preview pull requests on dev or a review stack, and prod after the merge.",
    );
  if (prod && output.ttl !== undefined)
    refuse("'ttl' on a production stack would destroy it", "Take 'ttl' out of the file.");
  if (faults.length > before) return undefined;
  return { ...output, image: output.image, driftCron: output.driftCron, ttl: output.ttl };
}
