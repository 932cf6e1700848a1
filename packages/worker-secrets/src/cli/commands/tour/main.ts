import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { useCompileCache } from "../../../preload/compile-cache.mjs";
import { loadSandbox } from "../../engine/sandbox.ts";
import { projectRoot } from "../../project/root.ts";
import { argumentFault } from "../../terminal/argument-fault.ts";
import { ignoreClosedOutput } from "../../terminal/closed-output.ts";
import { CommandFailed } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { createSteps, StepFailed, type Steps } from "../../terminal/steps.ts";

useCompileCache();
ignoreClosedOutput();

/** The sandbox's own default port. */
const DEFAULT_PORT = 8977;

const HELP = `Usage: npx worker-secrets tour [options]

The whole life of a Worker's secrets, on this machine, with no account: starts the sandbox, creates the stack's
three ESC Environments with sample values, previews, deploys, proves that the Worker holds the secret, changes the
secret, deploys again. Then stays, so that you can try things; Ctrl-C ends it.

  --once        end after the tour
  --port N      the sandbox's port (default ${DEFAULT_PORT}; 0 takes a free one)
  --data DIR    keep the sandbox's data there (default: a temporary folder, removed at the end)
  --help        this text

Exit codes: 0 all went well, 1 a step failed (it is named), 2 wrong usage, 130 interrupted.`;

/** How long an interrupted step may take to end. A second signal does not wait at all. */
const LONGEST_WAIT_MS = 15_000;

interface TourOptions {
  readonly once: boolean;
  readonly port: number;
  readonly data: string | undefined;
}

function readOptions(): TourOptions | "help" {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean", default: false },
      port: { type: "string", default: String(DEFAULT_PORT) },
      data: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (!/^\d+$/.test(values.port) || Number(values.port) > 65_534)
    throw new Error("what --port gives is not a port (0 to 65534)");
  return { once: values.once, port: Number(values.port), data: values.data };
}

/** Whatever was opened is closed in reverse order, on every way out. */
const cleanups: (() => Promise<unknown>)[] = [];
async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup().catch(() => undefined);
}

async function tour(options: TourOptions, steps: Steps, signal: AbortSignal): Promise<void> {
  const { runTour } = await loadSandbox(() => import("./steps.ts"));
  const temporary = options.data === undefined;
  const dataFolder =
    options.data === undefined
      ? await mkdtemp(join(tmpdir(), "worker-secrets-tour-"))
      : resolve(options.data);
  if (temporary) cleanups.push(() => rm(dataFolder, { recursive: true, force: true }));
  await runTour({
    steps,
    port: options.port,
    dataFolder,
    root: projectRoot(undefined),
    ends: options.once,
    signal,
    onClose: (close) => cleanups.push(close),
  });
}

async function main(): Promise<number> {
  let options: TourOptions | "help";
  try {
    options = readOptions();
  } catch (error) {
    note(`${argumentFault(error)}\n\n${HELP}`);
    return 2;
  }
  if (options === "help") {
    print(HELP);
    return 0;
  }
  const steps = createSteps(process.stdout);
  const interrupt = new AbortController();
  const interrupted = new Promise<void>((settle) =>
    interrupt.signal.addEventListener("abort", () => settle()),
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupt.abort();
      process.once(signal, () => process.exit(130));
    });
  }
  try {
    const running = tour(options, steps, interrupt.signal);
    await Promise.race([running, interrupted]);
    if (interrupt.signal.aborted) {
      steps.line("\nInterrupted: waiting for the running step to end.");
      // The engine frees the stack's lock in that time, and needs the sandbox for it.
      await Promise.race([running.catch(() => undefined), sleep(LONGEST_WAIT_MS)]);
      return 130;
    }
    if (options.once) return 0;
    steps.line("\nThe sandbox stays until Ctrl-C.");
    await interrupted;
    return 0;
  } catch (error) {
    if (error instanceof CommandFailed) {
      note([error.message, error.next].filter(Boolean).join("\n"));
      return 1;
    }
    if (!(error instanceof StepFailed)) throw error;
    note(`\nStep ${error.step} failed:\n\n${error.message}`);
    return 1;
  } finally {
    steps.line("\nStopping the sandbox.");
    await cleanUp();
  }
}

process.exit(await main());
