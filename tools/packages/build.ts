import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { type Manifest, publishedManifest } from "./manifest.ts";

/** The packages in the order of their building: each after those that it imports. */
export const PACKAGES = ["esc", "sandbox", "worker-secrets"] as const;

const ROOT = join(import.meta.dirname, "../..");

/**
 * Builds one package into `folder`, ready for `npm pack`: compiled JavaScript with `.d.ts`, its other files, and the manifest with
 * `dist` instead of `src`. Node strips no types below `node_modules`, so a package can't be published as it is.
 *
 * @param built folders of packages that are built already, by the packages' names: the compiler reads their `.d.ts`
 */
export function buildPackage(name: string, folder: string, built: ReadonlyMap<string, string>): Manifest {
  const source = join(ROOT, "packages", name);
  rmSync(folder, { recursive: true, force: true });
  compile(join(source, "src"), join(folder, "dist"), built);
  for (const file of otherFiles(join(source, "src"))) {
    const to = join(folder, "dist", file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(source, "src", file), to);
  }
  const manifest = publishedManifest(JSON.parse(readFileSync(join(source, "package.json"), "utf8")));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  cpSync(join(source, "README.md"), join(folder, "README.md"));
  return manifest;
}

function otherFiles(source: string): string[] {
  return globSync("**/*.{json,yaml,mod,sum,cjs}", { cwd: source });
}

/** Compiles a folder; throws with the compiler's own words. */
function compile(rootDir: string, outDir: string, built: ReadonlyMap<string, string>): void {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(
    {
      compilerOptions: {
        ...config.compilerOptions,
        rootDir,
        outDir,
        noEmit: false,
        declaration: true,
        stripInternal: true,
        rewriteRelativeImportExtensions: true,
        types: ["node"],
        paths: Object.fromEntries(
          [...built].flatMap(([name, folder]) => [
            [name, declarations(folder, ".")],
            ...subpaths(name, folder),
          ]),
        ),
      },
      files: globSync("**/*.{ts,mjs}", { cwd: rootDir }).map((file) => join(rootDir, file)),
    },
    ts.sys,
    ROOT,
  );
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  const { diagnostics } = program.emit();
  const faults = [...parsed.errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length === 0) return;
  const host = {
    getCurrentDirectory: () => ROOT,
    getCanonicalFileName: (file: string) => file,
    getNewLine: () => "\n",
  };
  throw new Error(ts.formatDiagnostics(faults, host));
}

function subpaths(name: string, folder: string): [string, string[]][] {
  return Object.keys(manifestIn(folder).exports).flatMap((path) =>
    path === "." || typeof manifestIn(folder).exports[path] === "string"
      ? []
      : [[`${name}${path.slice(1)}`, declarations(folder, path)]],
  );
}

function declarations(folder: string, path: string): string[] {
  const entry = manifestIn(folder).exports[path];
  return typeof entry === "object" ? [join(folder, entry.types)] : [];
}

function manifestIn(folder: string): ReturnType<typeof publishedManifest> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
