import * as v from "valibot";
import { type Fault, FaultsError } from "../../faults.ts";

/**
 * What a job that ran a pull request's code hands to the job that comments. The first has read-only rights or none and
 * its file may hold anything; the second may write comments and trusts only what passes here.
 */

/** The longest file that is read at all, in bytes. */
export const MAX_REPORT = 256 * 1024;

const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1_000_000));
const names = v.pipe(v.array(text(200)), v.maxLength(500));

/** A stack's name as the workflows make them: it becomes part of file names and addresses. */
const stackName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/));
/** A commit's id. */
const commitId = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
/** A pull request's number. */
const pullNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(999_999_999));

const common = {
  pull: pullNumber,
  /** Head commit of the pull request that was looked at. */
  head: commitId,
  outcome: v.picklist(["succeeded", "failed"]),
};

const step = v.strictObject({ op: text(40), type: text(200), name: text(200), properties: names });

const preview = v.strictObject({
  kind: v.literal("preview"),
  ...common,
  stack: stackName,
  /** Resources that change, without those that stay the same. */
  steps: v.pipe(v.array(step), v.maxLength(500)),
  /** Names of secrets by what happens to their value. */
  secrets: v.strictObject({ added: names, changed: names, removed: names }),
  /** Plain variables, and static files (or folders, where there are many), by name. */
  variables: v.optional(v.strictObject({ added: names, changed: names, removed: names })),
  assets: v.optional(v.strictObject({ added: names, changed: names, removed: names })),
  /** Where a review stack's Worker answers. */
  url: v.optional(v.pipe(v.string(), v.maxLength(300), v.regex(/^https:\/\/[a-z0-9.-]+(\/[\w./-]*)?$/))),
  /** What is to be mended, a line each: why it failed, or what policies advise where it did not. */
  problems: v.pipe(v.array(text(500)), v.maxLength(50)),
});

const check = v.strictObject({
  kind: v.literal("check"),
  ...common,
  /** Of the test run's last line. */
  tests: v.optional(v.strictObject({ passed: count, failed: count, skipped: count })),
});

const schema = v.variant("kind", [preview, check]);

export type Report = v.InferOutput<typeof schema>;
export type PreviewReport = v.InferOutput<typeof preview>;
/** The same without a pull request: a deployment. */
export type StackRun = Omit<PreviewReport, "pull">;
export type CheckReport = v.InferOutput<typeof check>;

/** Parses a report's file. Throws a `FaultsError` that tells where it is not what it should be, never what is there. */
export function parseReport(file: string, text: string): Report {
  if (Buffer.byteLength(text) > MAX_REPORT)
    return refuse(file, `it is longer than ${MAX_REPORT} bytes and was not read`);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return refuse(file, "it is not JSON");
  }
  const parsed = v.safeParse(schema, given);
  if (parsed.success) return parsed.output;
  // The paths are of the schema's own keys, or numbers; a foreign key's name is not repeated.
  const places = parsed.issues.map((issue) =>
    issue.expected === "never" ? "a member that does not belong there" : `'${v.getDotPath(issue) ?? ""}'`,
  );
  return refuse(file, `it is no report: ${[...new Set(places)].slice(0, 10).join(", ")}`);
}

function refuse(where: string, what: string): never {
  const fault: Fault = {
    where,
    what,
    fix: "Run the job that wrote it again. A report is written by packages/worker-secrets/src/cli/ci/stack.ts or packages/worker-secrets/src/cli/ci/checked.ts.",
  };
  throw new FaultsError([fault]);
}
