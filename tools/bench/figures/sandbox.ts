import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSandbox } from "../../../tests/helpers/process.ts";
import { beside, type Figure, figure } from "../measure.ts";
import { treeMemory } from "../processes.ts";
import { ROOT } from "../world.ts";

const CODE = 'export default { fetch: () => new Response("ok") };\n';

const ALONE = "Miniflare alone: one Worker, to its first answer";

/** From a cold process to the first line on stdout, and to the answer of a Worker that is uploaded then; memory. */
export async function sandboxFigures(runs: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-bench-"));
  try {
    return [...(await starts(folder, runs)), ...(await memory(folder, Math.min(runs, 3)))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function starts(folder: string, runs: number): Promise<Figure[]> {
  const ready: number[] = [];
  const answered: number[] = [];
  const alone: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    const sandbox = await runSandbox(join(folder, `data-${run}`));
    ready.push(performance.now() - started);
    await upload(sandbox.description, "first");
    await ask(sandbox.description, "first");
    answered.push(performance.now() - started);
    sandbox.child.kill("SIGTERM");
    await sandbox.ended;
    const miniflare = await miniflareAlone();
    alone.push(miniflare.milliseconds);
    await miniflare.close();
  }
  return [
    beside(
      figure(
        "sandboxReady",
        "ms",
        ready,
        "npm run sandbox with an empty data folder, to its first line: both APIs answer",
      ),
      ALONE,
      ready,
      alone,
    ),
    beside(
      figure("sandboxFirstRequest", "ms", answered, "the same, then a Worker uploaded and its first answer"),
      ALONE,
      answered,
      alone,
    ),
  ];
}

/** Of the process and all below it, workerd too, some seconds after the last request. */
async function memory(folder: string, runs: number): Promise<Figure[]> {
  const rest: number[] = [];
  const loaded: number[] = [];
  const alone: number[] = [];
  for (let run = 0; run < runs; run++) {
    const sandbox = await runSandbox(join(folder, `memory-${run}`));
    rest.push(await settledMemory(sandbox.child.pid ?? 0));
    const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
    for (const name of names) await upload(sandbox.description, name);
    for (const name of names) await ask(sandbox.description, name);
    loaded.push(await settledMemory(sandbox.child.pid ?? 0));
    sandbox.child.kill("SIGTERM");
    await sandbox.ended;
    const miniflare = await miniflareAlone();
    alone.push(await settledMemory(miniflare.pid));
    await miniflare.close();
  }
  const reference = "Miniflare alone with one Worker";
  return [
    beside(figure("sandboxMemoryAtRest", "MB", rest, "with workerd"), reference, rest, alone),
    beside(
      figure("sandboxMemory100", "MB", loaded, "with 100 Workers, each asked once"),
      reference,
      loaded,
      alone,
    ),
  ];
}

async function settledMemory(pid: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return treeMemory(pid);
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

/** Miniflare with one Worker, which it has asked, and the time until then. */
async function miniflareAlone() {
  const started = performance.now();
  const child = spawn(process.execPath, [join(ROOT, "tools/bench/miniflare.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("error", reject);
  });
  return {
    milliseconds: performance.now() - started,
    pid: child.pid ?? 0,
    async close() {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.stdin.end();
      await ended;
    },
  };
}
