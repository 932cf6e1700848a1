import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { type Fault, FaultsError, refuseIfAny } from "../../faults.ts";
import { type Bundle, hashOf } from "../bundle.ts";
import { type Compilation, type CompileContext, isKept } from "../compile-cache.ts";
import { dependencies } from "../evidence.ts";
import type { WorkerConfig } from "../wrangler/worker-config.ts";
import { runChild } from "./child.ts";
import { exportsIn } from "./exports.ts";
import { type Form, parseForm } from "./form.ts";
import { metadataFaults } from "./metadata.ts";
import { type Metafile, readMetafile } from "./metafile.ts";
import { mapWithSteadyNames, outsiders, withSteadyNames } from "./paths.ts";
import { refuseOutOfRange } from "./range.ts";
import { faultsOf, findingsIn } from "./words.ts";

/** Runs `wrangler deploy --dry-run` for one Worker, its build command with it, and keeps what it makes. */
export async function dryRun(
  config: WorkerConfig,
  compilation: Compilation,
  context: CompileContext,
): Promise<Bundle | undefined> {
  refuseOutOfRange(compilation.wrangler, config.file);
  const home = await mkdtemp(join(tmpdir(), "worker-secrets-compile-"));
  try {
    return await compiled(config, compilation, context, home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function compiled(
  config: WorkerConfig,
  compilation: Compilation,
  context: CompileContext,
  home: string,
): Promise<Bundle | undefined> {
  const { directory, workspace, wrangler, args } = compilation;
  // wrangler makes it anyway; made before, the folder itself does not change while wrangler runs.
  await mkdir(join(directory, ".wrangler"), { recursive: true });
  const since = Date.now();
  const [form, metafile] = [join(home, "form"), join(home, "metafile.json")];
  const ran = await runChild({
    script: wrangler.script,
    args: [...args, "--outfile", form, "--metafile", metafile],
    cwd: directory,
    home,
    variables: compilation.variables,
    signal: context.signal,
  });
  const findings = findingsIn(ran.stderr);
  const shown = (place: string | undefined) => (place === undefined ? config.file : shownFile(config, place));
  if (ran.code !== 0) throw new FaultsError(faultsOf(ran, findings, shown));
  for (const { kind, text, place, advice } of findings) {
    if (kind === "warning")
      context.onWarning?.({ where: shown(place), text: [text, advice].join(" ").trim() });
  }
  // The form of one of assets alone holds a script that stands for none.
  if (config.main === undefined) return undefined;
  const made = await parseForm(await readFile(form));
  refuseIfAny(metadataFaults(made.metadata, config));
  const meta = await readMetafile(metafile);
  const bundle = {
    ...(await bundleOf(config, made, meta, workspace)),
    compiledBy: `wrangler ${wrangler.version}`,
  };
  await keep(bundle, meta, { config, compilation, context, since });
  return bundle;
}

async function bundleOf(
  config: WorkerConfig,
  { metadata, modules }: Form,
  meta: Metafile | undefined,
  workspace: string,
): Promise<Omit<Bundle, "compiledBy">> {
  const name = String(metadata.main_module);
  const main = modules.find((module) => module.name === name);
  if (main === undefined || main.contentType !== "application/javascript+module")
    throw new FaultsError([
      {
        where: config.file,
        what: `wrangler's main module '${name}' is ${main === undefined ? "not among the modules" : main.contentType}, and the stack uploads ES modules of JavaScript alone`,
        fix: "Keep this Worker with wrangler.",
      },
    ]);
  const outside = outsiders(meta?.inputs ?? [], config.directory, workspace);
  const content = withSteadyNames(Buffer.from(main.bytes).toString(), outside);
  const files = modules
    .filter((module) => module !== main)
    .map((file) =>
      file.contentType === "application/source-map"
        ? { ...file, bytes: mapWithSteadyNames(file.bytes, outside) }
        : file,
    );
  const exports = meta === undefined ? await exportsIn(content) : meta.exports;
  if (exports !== undefined && !exports.includes("default")) refuseIfAny([withoutDefault(config)]);
  const code = { mainModule: name, content, files };
  return { ...code, exports, sha256: hashOf(code) };
}

function withoutDefault(config: WorkerConfig): Fault {
  return {
    where: config.main === undefined ? config.file : shownFile(config, config.main),
    what: "the module has no default export, so the Worker would have no event handler (10068)",
    fix: "Export one: export default { async fetch(request, env) { … } }",
  };
}

/** Inputs that wrangler makes itself: those of a version, which the key names. */
const VIRTUAL =
  /(?:^|\/)_virtual_unenv_global_polyfill-[^/]*$|^(?:node-built-in-modules|cloudflare-internal):|^<runtime>$/;

/**
 * Keeps the result, where everything that it depends on is known and there. It is not with modules beside the main one (the metafile
 * does not say which files they are), with imports by a pattern, and without a metafile (`no_bundle`).
 */
async function keep(
  bundle: Bundle,
  meta: Metafile | undefined,
  {
    config,
    compilation,
    context,
    since,
  }: { config: WorkerConfig; compilation: Compilation; context: CompileContext; since: number },
): Promise<void> {
  if (meta === undefined || meta.hasPatterns || !isKept(config)) return;
  if (bundle.files.some(({ contentType }) => contentType !== "application/source-map")) return;
  const { directory, workspace } = compilation;
  const inputs = meta.inputs.filter((name) => !VIRTUAL.test(name)).map((name) => resolve(directory, name));
  // A plugin's own, or relative to another folder: what it is made of would not be noticed.
  if (!inputs.every((file) => existsSync(file))) return;
  const paths = await dependencies([...inputs, ...compilation.files], { ...config, workspace });
  if (paths !== undefined) await context.cache.put(compilation, { bundle, paths, since });
}

/** A file of the Worker as messages show it: relative to the project's folder, as the wrangler file is. */
function shownFile({ directory, file }: WorkerConfig, path: string): string {
  return join(file, "..", relative(directory, resolve(directory, path)));
}
