import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, relative } from "node:path";
import type { OnResolveArgs, OnResolveResult, Plugin } from "esbuild";
import { SEEN } from "./aliases.ts";
import type { ModuleRule } from "./bundling.ts";

/** A module of the upload besides the main one: WebAssembly, which can't be put into JavaScript, or a source map. */
export interface ModuleFile {
  /** What the main module imports it by, without `./`; made from its content. */
  readonly name: string;
  readonly contentType: "application/wasm" | "application/source-map";
  readonly bytes: Uint8Array;
}

type Kind = "text" | "data" | "wasm";

/**
 * Imports that are not code, by the rules of the wrangler file. Text and data go into the main module (wrangler makes a
 * module of each; the importing code sees the same text or `ArrayBuffer`). WebAssembly stays a module of its own, named
 * by its content: the runtime compiles it only then.
 */
export function collectModules(
  rules: readonly ModuleRule[],
  directory: string,
): { readonly plugin: Plugin; files(): ModuleFile[]; sources(): string[] } {
  const wasm = new Map<string, ModuleFile>();
  const sources = new Set<string>();
  const { active, ended } = effective(rules);
  const plugin: Plugin = {
    name: "module-rules",
    setup: (setup) => {
      const resolve = async (args: OnResolveArgs, kind: Kind): Promise<OnResolveResult | undefined> => {
        if (args.pluginData === SEEN || args.kind === "entry-point") return undefined;
        const { kind: how, importer, resolveDir } = args;
        const found = await setup.resolve(args.path.replace(/\?.*$/, ""), {
          kind: how,
          importer,
          resolveDir,
          pluginData: SEEN,
        });
        if (found.errors.length > 0) return { errors: found.errors };
        sources.add(found.path);
        // The path stands in the output as a comment, so it must not be the machine's.
        if (kind !== "wasm") {
          return { path: relative(directory, found.path), namespace: kind, pluginData: found.path };
        }
        const bytes = await readFile(found.path);
        const name = `${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}-${basename(found.path)}`;
        wasm.set(name, { name, contentType: "application/wasm", bytes });
        return { path: `./${name}`, external: true };
      };
      for (const { kind, filter } of active) setup.onResolve({ filter }, (args) => resolve(args, kind));
      for (const { filter, glob } of ended) {
        setup.onResolve({ filter }, ({ path, kind, pluginData }) => {
          if (kind === "entry-point" || pluginData === SEEN) return undefined;
          const text = `'${path}' fits the module rule '${glob}', which an earlier rule of the same type without 'fallthrough' switches off`;
          return { errors: [{ text }] };
        });
      }
      setup.onLoad({ filter: /.*/, namespace: "text" }, async ({ pluginData }) => ({
        contents: await readFile(String(pluginData)),
        loader: "text",
      }));
      setup.onLoad({ filter: /.*/, namespace: "data" }, async ({ pluginData }) => {
        const bytes = await readFile(String(pluginData), "base64");
        const contents = `export default Uint8Array.from(atob(${JSON.stringify(bytes)}), (char) => char.charCodeAt(0)).buffer;\n`;
        return { contents, loader: "js" };
      });
    },
  };
  const files = () => [...wasm.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { plugin, files, sources: () => [...sources] };
}

interface Matcher {
  readonly kind: Kind;
  readonly glob: string;
  readonly filter: RegExp;
}

/**
 * A rule without `fallthrough` ends its type: later ones, wrangler's defaults too, are off, and an import that fits one
 * is a mistake. Rules for JavaScript only say what `find_additional_modules` finds; imports of it are bundled anyway.
 */
function effective(rules: readonly ModuleRule[]): { readonly active: Matcher[]; readonly ended: Matcher[] } {
  const active: Matcher[] = [];
  const ended: Matcher[] = [];
  const done = new Set<Kind>();
  for (const { type, globs, fallthrough } of rules) {
    if (type === "esm" || type === "commonjs") continue;
    const matchers = globs.map((glob) => ({ kind: type, glob, filter: globFilter(glob) }));
    (done.has(type) ? ended : active).push(...matchers);
    if (!fallthrough) done.add(type);
  }
  return { active, ended };
}

/** As wrangler's: a run of `*` is any text, slashes too, and every other character is itself. Fits the whole import. */
function globFilter(glob: string): RegExp {
  const parts = glob.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}/-]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
