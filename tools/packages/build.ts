import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { type Manifest, publishedManifest } from "./manifest.ts";
import { projectTemplate } from "./template.ts";

/** The packages in the order of their building: each after those that it imports. */
export const PACKAGES = ["esc", "sandbox", "worker-secrets", "create"] as const;

const ROOT = join(import.meta.dirname, "../..");

/**
 * Builds one package into `folder`, ready for `npm pack`: compiled JavaScript with `.d.ts`, its other files, and the manifest with
 * `dist` instead of `src`. Node strips no types below `node_modules`, so a package can't be published as it is.
 *
 * @param built folders of packages that are built already, by the packages' names: the compiler reads their `.d.ts`
 */
function buildPackage(name: string, folder: string, built: ReadonlyMap<string, string>): Manifest {
  const source = join(ROOT, "packages", name);
  rmSync(folder, { recursive: true, force: true });
  compile(join(source, "src"), join(folder, "dist"), built);
  for (const file of otherFiles(join(source, "src"))) {
    const to = join(folder, "dist", file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(source, "src", file), to);
  }
  if (name === "create") {
    const template = projectTemplate((file) => readFileSync(join(ROOT, file), "utf8"));
    writeFileSync(join(folder, "dist/template.json"), JSON.stringify(template, null, 2));
  }
  const manifest = publishedManifest(JSON.parse(readFileSync(join(source, "package.json"), "utf8")));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  for (const file of ["README.md", "CHANGELOG.md"]) cpSync(join(source, file), join(folder, file));
  return manifest;
}

/** Builds all packages, each into a folder of its name below `folder`. The folders by the packages' names. */
export function buildPackages(folder: string): ReadonlyMap<string, string> {
  const built = new Map<string, string>();
  for (const name of PACKAGES) {
    const at = join(folder, name);
    built.set(buildPackage(name, at, built).name, at);
  }
  return built;
}

/** Absolute path of the `.d.ts` of a built package's main entry; `undefined` for a program that nothing imports. */
export function mainDeclarations(folder: string): string | undefined {
  return declarations(folder, ".")[0];
}

/** A configuration of the compiler that reads built packages' types. The packages that they use are found from their folders upwards. */
export function typesConfig(files: readonly string[], built: ReadonlyMap<string, string>) {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { target, lib, module, moduleResolution, strict, skipLibCheck } = config.compilerOptions;
  const paths = declarationPaths(built);
  return {
    compilerOptions: { target, lib, module, moduleResolution, strict, skipLibCheck, types: ["node"], paths },
    files,
  };
}

/** The `paths` by which the compiler finds the `.d.ts` of built packages. */
function declarationPaths(built: ReadonlyMap<string, string>): Record<string, string[]> {
  return Object.fromEntries(
    [...built].flatMap(([name, folder]) => {
      const main = declarations(folder, ".");
      return [...(main.length === 0 ? [] : [[name, main] as const]), ...subpaths(name, folder)];
    }),
  );
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
        paths: declarationPaths(built),
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
