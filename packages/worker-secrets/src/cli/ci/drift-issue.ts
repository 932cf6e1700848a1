import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { parseJson } from "../../api/http.ts";
import { ExitCode } from "../terminal/command.ts";
import { print } from "../terminal/output.ts";
import { literal } from "./escape.ts";
import { gitHubOf } from "./github.ts";
import { bounded, MAX_COMMENT } from "./render.ts";
import { required, runScript, UsageError } from "./run.ts";
import { DRIFT_MARKER, upsertDriftIssue } from "./upsert.ts";

const finding = v.object({ level: v.string(), where: v.string(), what: v.string(), fix: v.string() });

/** What `ws drift --json` prints: findings, or why it could not look. */
const outcome = v.union([
  v.object({ ok: v.literal(true), drift: v.boolean(), findings: v.array(finding) }),
  v.object({ ok: v.literal(false), message: v.string() }),
]);

/**
 * The issue's text; `undefined` when no stack has drift. `outputs` are those of `ws drift --json`, by stack; one that is
 * `undefined` or no such JSON counts as a stack that could not be looked at, never as one without drift.
 */
export function driftIssue(
  outputs: ReadonlyMap<string, string | undefined>,
  run: string,
): string | undefined {
  const parts = [...outputs].flatMap(([stack, text]) => {
    const parsed = v.safeParse(outcome, parseJson(text ?? ""));
    const title = ["", `### Stack ${literal(stack)}`, ""];
    if (!parsed.success) return [...title, "It could not be looked at; the run has the reason."];
    if (!parsed.output.ok)
      return [...title, "It could not be looked at:", "", ...parsed.output.message.split("\n").map(item)];
    if (!parsed.output.drift) return [];
    const found = parsed.output.findings.filter(({ level }) => level === "drift");
    return [
      ...title,
      ...found.map(({ where, what, fix }) => `${item(`${where}: ${what}`)} → ${literal(fix, 500)}`),
    ];
  });
  if (parts.length === 0) return undefined;
  const close = ["", `[The run](${run}). This issue is closed by the first run that finds nothing.`];
  return [DRIFT_MARKER, ...bounded(parts, MAX_COMMENT), ...close].join("\n");
}

function item(text: string): string {
  return `- ${literal(text, 500)}`;
}

/**
 * `node packages/worker-secrets/src/cli/ci/drift-issue.ts FOLDER STACK…`: keeps one issue about drift. `FOLDER` has `drift-STACK/drift.json` of each
 * stack that was looked at. Variables: `GITHUB_TOKEN`, `RUN_URL`.
 */
void runScript(import.meta.url, async ([folder, ...stacks]) => {
  if (folder === undefined || stacks.length === 0)
    throw new UsageError("Usage: node packages/worker-secrets/src/cli/ci/drift-issue.ts FOLDER STACK…");
  const run = required(process.env, "RUN_URL", /^https?:\/\/[\w.:-]+\/[\w./-]+$/);
  const there: string[] = await readdir(folder).catch(() => []);
  const read = async (stack: string) =>
    there.includes(`drift-${stack}`)
      ? readFile(join(folder, `drift-${stack}`, "drift.json"), "utf8").catch(() => undefined)
      : undefined;
  const outputs = new Map(
    await Promise.all(stacks.map(async (stack) => [stack, await read(stack)] as const)),
  );
  const done = await upsertDriftIssue(gitHubOf(process.env), driftIssue(outputs, run));
  print(`The issue about drift: ${done}`);
  return ExitCode.ok;
});
