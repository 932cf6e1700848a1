import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

const NAMES: ReadonlySet<string> = new Set(builtinModules.map((name) => name.replace(/^node:/, "")));

export function isNodeBuiltin(path: string): boolean {
  return NAMES.has(path.replace(/^node:/, ""));
}

/**
 * Under `nodejs_compat`, Node's own modules are the runtime's: `fs` and `node:fs` both become the external `node:fs`.
 *
 * wrangler does more: its bundler puts polyfills (unenv) in the place of modules and functions that the runtime lacks,
 * which then do nothing or throw when called. Here such a module stays an import, and the upload fails with 10021
 * before anything runs. The globals `Buffer` and `process` are the runtime's own from compatibility date 2024-09-23.
 */
export function nodeBuiltins(flags: readonly string[]): Plugin {
  const isOn = flags.includes("nodejs_compat") || flags.includes("nodejs_compat_v2");
  return {
    name: "node-builtins",
    setup: (setup) => {
      if (!isOn) return;
      setup.onResolve({ filter: /^[a-z]|^node:/ }, ({ path, kind, namespace }) => {
        if (kind === "entry-point" || !isNodeBuiltin(path)) return undefined;
        const name = `node:${path.replace(/^node:/, "")}`;
        // An ES module can't call `require`: a module between the two imports it and passes it on.
        return kind === "require-call" && namespace !== REQUIRED
          ? { path: name, namespace: REQUIRED }
          : { path: name, external: true };
      });
      setup.onLoad({ filter: /.*/, namespace: REQUIRED }, ({ path }) => ({
        contents: `import value from ${JSON.stringify(path)};\nmodule.exports = value;\n`,
        loader: "js",
      }));
    },
  };
}

const REQUIRED = "node-require";
