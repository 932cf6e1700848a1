import { appendFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Fault, FaultsError } from "../../faults.ts";
import { ExitCode } from "../terminal/command.ts";
import { print } from "../terminal/output.ts";
import { type GitHub, gitHubOf } from "./github.ts";
import { renderComment } from "./render.ts";
import { MAX_REPORT, parseReport, type Report } from "./report.ts";
import { required, runScript, UsageError } from "./run.ts";
import { upsertComment } from "./upsert.ts";

/**
 * `node packages/worker-secrets/src/cli/ci/comment.ts REPORT`: the one comment of a pull request. Runs with the right to comment, on the default
 * branch's code; `REPORT` comes from a job that ran the pull request's code, so it is data that may lie. Variables:
 * `GITHUB_TOKEN`; `HEAD_SHA`, of the run that wrote the report, as GitHub tells it; `RUN_URL`, of that run.
 */
export async function comment(file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const head = required(env, "HEAD_SHA", /^[0-9a-f]{40}$/);
  const run = required(env, "RUN_URL", /^https?:\/\/[\w.:-]+\/[\w./-]+$/);
  const report = parseReport(file, await readReport(file));
  const github = gitHubOf(env);
  const refusal = await refusalOf(report, head, github);
  if (refusal?.kind === "stale") return refusal.why;
  if (refusal !== undefined)
    throw new FaultsError([{ where: file, what: refusal.why, fix: FIX } satisfies Fault]);
  const body = renderComment(report, run);
  // For whoever opens the run itself.
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${body}\n`);
  return `The comment of pull request ${report.pull}: ${await upsertComment(github, report.pull, body)}`;
}

const FIX = "If the pull request is yours, push again; else look at what its code does.";

interface Refusal {
  readonly kind: "stale" | "lie";
  readonly why: string;
}

/** The report names its pull request itself, so GitHub is asked whether that one's head is what this run was about. */
async function refusalOf(report: Report, head: string, github: GitHub): Promise<Refusal | undefined> {
  const lie = (why: string): Refusal => ({ kind: "lie", why });
  if (report.head !== head) return lie("it is about another commit than the run that wrote it");
  const pull = await github.pullRequest(report.pull);
  if (pull === undefined) return lie(`there is no pull request ${report.pull}`);
  if (!pull.open) return { kind: "stale", why: `Pull request ${report.pull} is closed: nothing to say.` };
  if (pull.head !== head)
    return {
      kind: "stale",
      why: `Pull request ${report.pull} has a newer head, or it is another one's commit.`,
    };
  if (report.kind === "preview" && pull.from !== github.repository)
    return lie("a preview of a pull request from a fork: none is ever made");
  return undefined;
}

async function readReport(file: string): Promise<string> {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined)
    throw new FaultsError([
      { where: file, what: "it is not there", fix: "Check that the job before uploaded it as its artifact." },
    ]);
  // One that is too long is refused by its size; only a byte more than allowed is worth reading.
  return size > MAX_REPORT ? " ".repeat(MAX_REPORT + 1) : readFile(file, "utf8");
}

void runScript(import.meta.url, async ([file, ...rest]) => {
  if (file === undefined || rest.length > 0)
    throw new UsageError("Usage: node packages/worker-secrets/src/cli/ci/comment.ts REPORT");
  print(await comment(file, process.env));
  return ExitCode.ok;
});
