import { readFile } from "node:fs/promises";
import type { Bundle } from "../compile/bundle.ts";
import type { CompileWarning } from "./bundle-workers.ts";
import type { DeclaredWorker } from "./declared-worker.ts";

/** Names the file with recorded code, which `rollback` deploys instead of the checkout's. It holds no secret. */
export const CODE_VARIABLE = "WORKER_SECRETS_CODE";

/** Code of Workers by the name of their script, as an earlier update of the stack uploaded it. */
export type RecordedCode = ReadonlyMap<string, Bundle>;

interface Code {
  readonly kind: "checkout" | "recorded";
  readonly code: ReadonlyMap<DeclaredWorker, Bundle | undefined>;
  /** wrangler's, for the caller to print. */
  readonly warnings: readonly CompileWarning[];
}

/** The Workers' code: the checkout's, or what a rollback recorded, where the environment names that. */
export async function readCode(
  workers: readonly DeclaredWorker[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Code> {
  const file = env[CODE_VARIABLE];
  if (file === undefined) {
    const { bundleWorkers } = await import("./bundle-workers.ts");
    const warnings: CompileWarning[] = [];
    const code = await bundleWorkers(workers, {
      onWarning: (warning) => void warnings.push(warning),
      signal,
    });
    return { kind: "checkout", code, warnings };
  }
  const recorded = parseCode(await readFile(file, "utf8"));
  const code = new Map(workers.map((worker) => [worker, recorded.get(worker.scriptName)]));
  return { kind: "recorded", code, warnings: [] };
}

/** As a file between a command and the program that it runs, which may be another process. */
export function formatCode(code: RecordedCode): string {
  const entries = [...code].map(([scriptName, { files, ...bundle }]) => [
    scriptName,
    {
      ...bundle,
      files: files.map(({ bytes, ...file }) => ({ ...file, base64: Buffer.from(bytes).toString("base64") })),
    },
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

interface StoredBundle extends Omit<Bundle, "files"> {
  readonly files: readonly (Omit<Bundle["files"][number], "bytes"> & { readonly base64: string })[];
}

function parseCode(text: string): RecordedCode {
  // Written by `formatCode` of this very version, for this run alone.
  const stored = JSON.parse(text) as Record<string, StoredBundle>;
  const entries = Object.entries(stored).map(([scriptName, { files, ...bundle }]): [string, Bundle] => [
    scriptName,
    {
      ...bundle,
      files: files.map(({ base64, ...file }) => ({ ...file, bytes: Buffer.from(base64, "base64") })),
    },
  ]);
  return new Map(entries);
}
