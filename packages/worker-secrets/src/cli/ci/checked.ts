import { readFile, writeFile } from "node:fs/promises";
import { ExitCode } from "../terminal/command.ts";
import type { CheckReport } from "./report.ts";
import { required, runScript, UsageError } from "./run.ts";

/**
 * `node packages/worker-secrets/src/cli/ci/checked.ts LOG REPORT`: the report of a check, from its output. Variables: `PULL` (its number), `HEAD_SHA`,
 * `OUTCOME` (`success` or another of GitHub's words).
 */
export function checkReport(log: string, env: NodeJS.ProcessEnv): CheckReport {
  const last = [...log.matchAll(/^(\d{1,6}) passed, (\d{1,6}) failed(?:, (\d{1,6}) skipped)?\s*$/gm)].at(-1);
  return {
    kind: "check",
    pull: Number(required(env, "PULL", /^[1-9]\d{0,8}$/)),
    head: required(env, "HEAD_SHA", /^[0-9a-f]{40}$/),
    outcome: required(env, "OUTCOME", /^[a-z]+$/) === "success" ? "succeeded" : "failed",
    ...(last === undefined
      ? {}
      : { tests: { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) } }),
  };
}

void runScript(import.meta.url, async ([log, file, ...rest]) => {
  if (log === undefined || file === undefined || rest.length > 0)
    throw new UsageError("Usage: node packages/worker-secrets/src/cli/ci/checked.ts LOG REPORT");
  const text = await readFile(log, "utf8").catch(() => "");
  await writeFile(file, JSON.stringify(checkReport(text, process.env)));
  return ExitCode.ok;
});
