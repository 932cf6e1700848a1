import { createHash } from "node:crypto";
import { relative } from "node:path";
import { build, type Message } from "esbuild";
import { refuseIfAny } from "./faults.ts";
import type { WorkerConfig } from "./worker-config.ts";

/** A Worker's code as one ES module: the provider uploads exactly one. */
export interface Bundle {
  readonly content: string;
  /** Name of the module in the upload. */
  readonly mainModule: string;
  /** Of the content: the same sources and the same esbuild give the same hash on every machine. */
  readonly sha256: string;
}

/**
 * Bundles the Worker's entry before the engine sees anything, so that a syntax error stops the preview. Paths in the
 * output are relative to the Worker's folder, else the hash would differ from machine to machine.
 */
export async function bundleWorker(worker: WorkerConfig): Promise<Bundle> {
  const result = await build({
    entryPoints: [worker.main],
    absWorkingDir: worker.directory,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    // What wrangler resolves by; the runtime itself provides the external ones.
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*"],
    minify: worker.minify,
    legalComments: "none",
    write: false,
    metafile: true,
    logLevel: "silent",
    outfile: "worker.js",
  }).catch((error: unknown) => {
    if (!isBuildFailure(error)) throw error;
    refuseIfAny(
      error.errors.map((message) => ({
        where: position(message, worker),
        what: message.text,
        fix: "Mend the Worker's code; nothing was uploaded.",
      })),
    );
    throw error;
  });
  const exported = Object.values(result.metafile.outputs).flatMap((output) => output.exports);
  if (!exported.includes("default")) {
    refuseIfAny([
      {
        where: relative(process.cwd(), worker.main),
        what: "the module has no default export, so the Worker would have no event handler (10068)",
        fix: "Export one: export default { async fetch(request, env) { … } }",
      },
    ]);
  }
  const content = result.outputFiles[0]?.text ?? "";
  return { content, mainModule: "worker.js", sha256: createHash("sha256").update(content).digest("hex") };
}

function isBuildFailure(error: unknown): error is { errors: Message[] } {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function position({ location }: Message, worker: WorkerConfig): string {
  if (location === null) return relative(process.cwd(), worker.main);
  return `${location.file}:${location.line}:${location.column + 1}`;
}
