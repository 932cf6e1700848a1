import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { deployVariables, generatedKey, initEnvironments } from "../cli/init-environments.ts";
import { hostStack } from "../cli/stack-host.ts";
import type { SandboxDescription } from "../sandbox/description.ts";
import { findEngine } from "../sandbox/engine/index.ts";
import { startStandIns } from "../sandbox/providers/index.ts";
import { pulumiClient } from "../service/pulumi.ts";
import { defineEnvironment } from "../stack/definition.ts";
import { environmentNames } from "../stack/names.ts";
import { type RunningSandbox, runSandbox } from "../tests/helpers/process.ts";
import { escFigures } from "./esc.ts";
import { type Figure, figure, pair, timeProcess } from "./measure.ts";

/**
 * `npm run bench [-- --json] [-- --runs N]`: every figure as minimum, median and maximum, beside its reference in the
 * same run. Wall times of whole processes on whatever machine this is: read the ratios.
 */
const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, runs: { type: "string", default: "5" } },
});
const runs = Number(options.runs);
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "worker-secrets-bench-"));
const say = (text: string) => (options.json ? process.stderr : process.stdout).write(`${text}\n`);

const engine = await findEngine({ onProgress: say });
const figures: Figure[] = [];
try {
  await measureSandboxAndStack();
  say("ESC: in-process evaluation beside the reference evaluator …");
  figures.push(...(await escFigures(runs)));
  say("the tour, whole process …");
  const tours: number[] = [];
  for (let run = 0; run < Math.min(runs, 3); run++)
    tours.push(await timeProcess([join(root, "cli/tour.ts"), "--once", "--port", "0"]));
  figures.push(figure("tourOnce", "ms", tours));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report();

async function measureSandboxAndStack(): Promise<void> {
  say("sandbox: from a cold process to its first line …");
  const ready: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { sandbox, milliseconds } = await startSandboxProcess(`ready-${run}`);
    ready.push(milliseconds);
    await stop(sandbox);
  }
  figures.push(figure("sandboxReady", "ms", ready));

  const { sandbox } = await startSandboxProcess("stack");
  try {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    figures.push(figure("sandboxMemoryAtRest", "MB", [treeMemory(sandbox.child.pid ?? 0)]));
    await measureStack(sandbox.description);
  } finally {
    await stop(sandbox);
  }
}

async function measureStack(description: SandboxDescription): Promise<void> {
  const project = "worker-secrets";
  const { organization, url, token } = description.pulumi;
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = description.env;
  const standIns = await startStandIns({
    environment: () => ({ ...clouds, CLOUDFLARE_API_TOKEN: description.cloudflare.token }),
  });
  try {
    await initEnvironments({
      client: pulumiClient(url, token, organization),
      names: environmentNames(project, "dev"),
      cloudflare: deployVariables(description.cloudflare),
      secrets: ["PROOF_KEY", "TOP_SECRET"].map((name) => ({ name, value: generatedKey(), secret: true })),
      definition: defineEnvironment({ project, stack: "dev" }),
      onStep: () => undefined,
    });
    cpSync(join(root, "Pulumi.dev.yaml"), join(folder, "Pulumi.dev.yaml"));
    writeFileSync(join(folder, "Pulumi.empty.yaml"), "{}\n");
    const world = {
      project,
      organization,
      root: folder,
      engine: engine.path,
      env: { ...clouds, ...standIns.env },
    };

    say("the stack's first up …");
    const host = await hostStack({ ...world, stack: "dev" });
    const started = performance.now();
    await host.up();
    figures.push(figure("firstUp", "ms", [performance.now() - started]));
    await host.close();
    const empty = await hostStack({ ...world, stack: "empty", program: async () => ({}) });
    await empty.up();
    await empty.close();

    say(`no-change preview beside a program that declares nothing, ${runs} pairs …`);
    const env = { BENCH_WORLD: JSON.stringify(world) };
    const preview = (kind: string) => timeProcess([join(import.meta.dirname, "preview.ts"), kind], env);
    await preview("stack");
    await preview("empty");
    figures.push(
      await pair(
        "noChangePreview",
        "program that declares nothing",
        runs,
        () => preview("stack"),
        () => preview("empty"),
      ),
    );
  } finally {
    await standIns.close();
  }
}

async function startSandboxProcess(name: string): Promise<{ sandbox: RunningSandbox; milliseconds: number }> {
  const started = performance.now();
  const sandbox = await runSandbox(join(folder, name));
  return { sandbox, milliseconds: performance.now() - started };
}

async function stop({ child, ended }: RunningSandbox): Promise<void> {
  child.kill("SIGTERM");
  await ended;
}

/** Resident memory of a process and its children in MB, from /proc; NaN where there is none. */
function treeMemory(pid: number): number {
  try {
    const own =
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .split(" ")
      .filter(Boolean)
      .map(Number);
    return children.reduce((sum, child) => sum + treeMemory(child), own);
  } catch {
    return Number.NaN;
  }
}

function report(): void {
  const versions = { node: process.version, engine: engine.version, cpus: cpus().length };
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ versions, figures })}\n`);
    return;
  }
  say(
    `\nNode ${versions.node}, engine ${versions.engine}, ${versions.cpus} processors; median (min to max), n`,
  );
  for (const { name, value, min, max, unit, ratio, reference, n } of figures) {
    const beside = ratio === undefined ? "" : `   ${ratio.toFixed(2)} × ${reference}`;
    say(`  ${name.padEnd(20)} ${short(value)} ${unit} (${short(min)} to ${short(max)}), n=${n}${beside}`);
  }
}

function short(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}
