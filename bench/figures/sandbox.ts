import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSandbox } from "../../tests/helpers/process.ts";
import { type Figure, figure, pair } from "../measure.ts";
import { treeMemory } from "../processes.ts";
import { ROOT } from "../world.ts";

const CODE = 'export default { fetch: () => new Response("ok") };\n';

/** From a cold process to the first line on stdout, and to the answer of a Worker that is uploaded then; memory. */
export async function sandboxFigures(runs: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-bench-"));
  const answers: number[] = [];
  const resting: number[] = [];
  let count = 0;
  const ready = async () => {
    const started = performance.now();
    const sandbox = await runSandbox(join(folder, `data-${count++}`));
    const milliseconds = performance.now() - started;
    await upload(sandbox.description, "first");
    await ask(sandbox.description, "first");
    answers.push(performance.now() - started);
    sandbox.child.kill("SIGTERM");
    await sandbox.ended;
    return milliseconds;
  };
  try {
    const figures = [
      await pair(
        "sandboxReady",
        "Miniflare alone: one Worker, to its first answer",
        runs,
        ready,
        () => firstLine([join(ROOT, "bench/miniflare.ts")]),
        "npm run sandbox with an empty data folder, to its first line: both APIs answer",
      ),
      figure("sandboxFirstRequest", "ms", answers, "the same, then a Worker uploaded and its first answer"),
    ];
    const sandbox = await runSandbox(join(folder, "memory"));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    resting.push(treeMemory(sandbox.child.pid ?? 0));
    figures.push(figure("sandboxMemoryAtRest", "MB", resting, "with workerd"));
    const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
    for (const name of names) await upload(sandbox.description, name);
    for (const name of names) await ask(sandbox.description, name);
    const loaded = treeMemory(sandbox.child.pid ?? 0);
    figures.push(figure("sandboxMemory100", "MB", [loaded], "with 100 Workers, each asked once"));
    sandbox.child.kill("SIGTERM");
    await sandbox.ended;
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Description = Awaited<ReturnType<typeof runSandbox>>["description"];

async function upload({ cloudflare }: Description, name: string): Promise<void> {
  const form = new FormData();
  form.set("metadata", JSON.stringify({ main_module: "w.js", compatibility_date: "2026-10-01" }));
  form.set("w.js", new File([CODE], "w.js", { type: "application/javascript+module" }));
  const script = `${cloudflare.url}/accounts/${cloudflare.accountId}/workers/scripts/${name}`;
  const headers = { authorization: `Bearer ${cloudflare.token}` };
  const answer = await fetch(script, { method: "PUT", headers, body: form });
  if (!answer.ok) throw new Error(`the upload of ${name}: ${await answer.text()}`);
}

async function ask({ workers }: Description, name: string): Promise<void> {
  const answer = await fetch(`${workers.url}/${name}/`);
  if ((await answer.text()) !== "ok") throw new Error(`${name} answered ${answer.status}`);
}

/** From the start of a process to its first output. */
function firstLine(args: readonly string[]): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => resolve(performance.now() - started));
    child.on("error", reject);
  });
}
