import { appendFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { FaultsError } from "../../faults.ts";
import { openRunner } from "../engine/runner.ts";
import { EngineRefused, policyMessages } from "../engine/stack-host.ts";
import { openContext } from "../project/context.ts";
import { projectRoot } from "../project/root.ts";
import { describeError, ExitCode } from "../terminal/command.ts";
import { note } from "../terminal/output.ts";
import { lineWise } from "../terminal/steps.ts";
import { withoutSecrets } from "./escape.ts";
import { renderRun } from "./render.ts";
import type { PreviewReport, StackRun } from "./report.ts";
import { required, runScript, UsageError } from "./run.ts";
import { foundIn } from "./steps.ts";

/**
 * `node packages/worker-secrets/src/cli/ci/stack.ts preview|up STACK [REPORT]`: a preview or an `up` with the project's own program in this process, so
 * that a job needs no language host. Names of what changes go to the job's summary and, with `PULL` and `HEAD_SHA`, into
 * `REPORT` for the pull request's comment. The project's policy pack runs with it. `PROJECT_ROOT` is the project's folder when it is not here.
 */
export async function runStack(
  operation: "preview" | "up",
  stack: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<StackRun> {
  const context = await openContext({ stack, root: projectRoot(env.PROJECT_ROOT), env });
  const common = {
    kind: "preview",
    stack: context.stack,
    head: required(env, "HEAD_SHA", /^[0-9a-f]{40}$/),
  } as const;
  const none = { steps: [], secrets: { added: [], changed: [], removed: [] } };
  try {
    const host = await openRunner(context, (line) => note(`${line} …`), signal, {
      policiesOf: context.root,
    });
    try {
      if (operation === "preview") {
        const { events } = await host.preview(lineWise(note));
        return { ...common, outcome: "succeeded", ...foundIn(events), problems: adviceIn(events) };
      }
      const { events, outputs } = await host.up(lineWise(note));
      const [url] = urlsOf(outputs.workers);
      return {
        ...common,
        outcome: "succeeded",
        ...foundIn(events),
        ...(url === undefined ? {} : { url }),
        problems: adviceIn(events),
      };
    } finally {
      await host.close();
    }
  } catch (error) {
    // An interrupted run has no outcome to report.
    if (signal?.aborted || !(error instanceof EngineRefused || error instanceof FaultsError)) throw error;
    return { ...common, outcome: "failed", ...none, problems: problemsOf(describeError(error)) };
  }
}

/** What policies find that refuse nothing. */
function adviceIn(events: readonly EngineEvent[]): string[] {
  return problemsOf(policyMessages(events, "warning").join("\n"));
}

/** The lines of a failure, bounded as a report's are. */
function problemsOf(message: string): string[] {
  return message
    .split("\n")
    .map((line) => withoutSecrets(line).trim().slice(0, 500))
    .filter((line) => line !== "")
    .slice(0, 50);
}

/** Where the Workers answer, as the stack's outputs say. */
function urlsOf(workers: unknown): string[] {
  return Object.values(Object(workers)).flatMap((worker) => {
    const url: unknown = Object(worker).url;
    return typeof url === "string" ? [url] : [];
  });
}

void runScript(import.meta.url, async ([operation, stack, file, ...rest], signal) => {
  if ((operation !== "preview" && operation !== "up") || stack === undefined || rest.length > 0)
    throw new UsageError("Usage: node packages/worker-secrets/src/cli/ci/stack.ts preview|up STACK [REPORT]");
  const { env } = process;
  const run = await runStack(operation, stack, env, signal);
  signal.throwIfAborted();
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${renderRun(run)}\n`);
  if (file !== undefined) {
    const report: PreviewReport = { ...run, pull: Number(required(env, "PULL", /^[1-9]\d{0,8}$/)) };
    await writeFile(file, JSON.stringify(report));
  }
  for (const problem of run.problems) note(problem);
  return run.outcome === "succeeded" ? ExitCode.ok : ExitCode.failed;
});
