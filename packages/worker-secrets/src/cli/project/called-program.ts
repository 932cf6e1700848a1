import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { FaultsError } from "../../faults.ts";
import { startedApart } from "./started-apart.ts";

/**
 * Refuses a program that `pulumi up` would load and not call. The SDK (3.270, `cmd/run/run.js`) calls a default export only in
 * packages with `"type": "module"`; elsewhere `export default async () => …` declares nothing, and the engine then deletes every
 * resource of the stack, with exit code 0.
 *
 * @param main of `Pulumi.yaml`
 */
export function refuseUncalled(root: string, main: string | undefined): void {
  const entry = programEntry(root, main);
  if (entry === undefined || packageOf(dirname(entry)).type === "module" || !exportsFunctionByDefault(entry))
    return;
  throw new FaultsError([
    {
      where: entry,
      what: `its default export is never called: without "type": "module" in package.json, 'pulumi up' declares nothing of it and deletes all that the stack has`,
      fix: 'Add "type": "module" to package.json, or export the outputs by name (export const …) and declare the resources at the top level.',
    },
  ]);
}

/** The file of the program: `main` of `Pulumi.yaml` (a file, or a folder with an index), else that of package.json, else an index. */
export function programEntry(root: string, main: string | undefined): string | undefined {
  const at = resolve(root, main ?? "");
  if (!existsSync(at)) return undefined;
  if (!isFolder(at)) return at;
  return entryOf(at, main === undefined ? packageOf(at).main : undefined);
}

/** The nearest package.json, as far as it matters here. */
function packageOf(folder: string): { readonly type?: unknown; readonly main?: unknown } {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "package.json");
    if (existsSync(file)) {
      try {
        return Object(JSON.parse(readFileSync(file, "utf8")));
      } catch {
        return {};
      }
    }
    if (at === dirname(at)) return {};
  }
}

function entryOf(folder: string, main: unknown): string | undefined {
  const names = [...(typeof main === "string" ? [main] : []), "index.js", "index.ts"];
  return names.map((name) => join(folder, name)).find((file) => existsSync(file) && !isFolder(file));
}

/** Whether Pulumi's runner would call the file's default export: a function, in a package with `"type": "module"`. */
export function isCalled(file: string): boolean {
  return packageOf(dirname(file)).type === "module" && exportsFunctionByDefault(file);
}

/** An object by default is an output like any other, beside resources of the top level. */
function exportsFunctionByDefault(file: string): boolean {
  const text = readFileSync(file, "utf8");
  if (!/\bdefault\b/.test(text) || /\bexport\s+default\s*\{/.test(text)) return false;
  if (/\bexports\.default\s*=(?!=)/.test(text)) return true;
  return exportedNames(file).includes("default");
}

function exportedNames(file: string): readonly string[] {
  const { buildSync }: typeof import("esbuild") = createRequire(import.meta.url)("esbuild");
  try {
    const { metafile } = startedApart(() =>
      buildSync({
        entryPoints: [file],
        format: "esm",
        metafile: true,
        write: false,
        // Not the process's folder: esbuild keeps the one that it was loaded in, which may be gone by now.
        absWorkingDir: dirname(file),
        outdir: "none",
        logLevel: "silent",
      }),
    );
    return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
  } catch (error) {
    if (error instanceof Error && "errors" in error) return []; // its syntax is the engine's to report
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
