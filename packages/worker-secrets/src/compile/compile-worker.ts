import { basename, join, relative } from "node:path";
import type { Bundle } from "./bundle.ts";
import { type Compilation, type CompileContext, isKept } from "./compile-cache.ts";
import { workspaceRoot } from "./run/paths.ts";
import type { WorkerConfig } from "./wrangler/worker-config.ts";

/**
 * A Worker's code as the project's own wrangler makes it (`wrangler deploy --dry-run`), so that a syntax error stops the preview and what
 * is uploaded is what wrangler would upload. A Worker that was compiled before out of the same files is taken as it was. `undefined` for
 * one of assets alone, whose build command runs all the same.
 *
 * @throws FaultsError for everything that wrangler refuses, and for what it makes and the stack can't declare
 */
export async function compileWorker(
  config: WorkerConfig,
  context: CompileContext,
): Promise<Bundle | undefined> {
  if (config.main === undefined && !config.hasBuild) return undefined;
  const compilation = compilationOf(config, context);
  const known = isKept(config) ? await context.cache.get(compilation) : undefined;
  if (known !== undefined) return known;
  const { dryRun } = await import("./run/dry-run.ts");
  return dryRun(config, compilation, context);
}

/** What decides how a Worker is compiled, without compiling it. */
export function compilationOf(
  config: WorkerConfig,
  { variables }: Pick<CompileContext, "variables">,
): Compilation {
  const { directory, environment, file, main, wrangler } = config;
  const named = config.configFile;
  const configFile = named ?? join(directory, basename(file));
  return {
    wrangler,
    directory,
    workspace: workspaceRoot(directory),
    // Always named: without it, wrangler takes a variable of the shell.
    args: [
      ...["deploy", "--dry-run", `--env=${environment ?? ""}`, `--upload-source-maps=${config.sourceMaps}`],
      ...(named === undefined ? [] : [`--config=${relative(directory, named)}`]),
    ],
    variables,
    files: main === undefined ? [configFile] : [configFile, main],
  };
}
