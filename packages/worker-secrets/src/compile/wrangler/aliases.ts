import type { Plugin } from "esbuild";

/** Marks an import that comes from one of our own plugins, which then must not take it up again. */
export const SEEN = Symbol("resolved by a plugin");

/**
 * wrangler's `alias`: an import of exactly this path is replaced, and what replaces it is looked up from the Worker's
 * folder. (esbuild's own option would also replace `key/below`.)
 */
export function aliases(alias: Readonly<Record<string, string>>, directory: string): Plugin {
  return {
    name: "alias",
    setup: (setup) => {
      setup.onResolve({ filter: /.*/ }, async ({ path, kind, pluginData }) => {
        if (pluginData === SEEN || kind === "entry-point" || !Object.hasOwn(alias, path)) return undefined;
        return setup.resolve(alias[path] ?? path, { kind, resolveDir: directory, pluginData: SEEN });
      });
    },
  };
}
