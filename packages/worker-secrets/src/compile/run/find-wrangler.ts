import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { FaultsError } from "../../faults.ts";

/** wrangler's versions that this works with; the peer range of the package. `--metafile` and `secrets.required` decide the lower end. */
export const WRANGLER_RANGE = ">=4.100.0 <5";

/** The wrangler that compiles a Worker. */
export interface Wrangler {
  readonly version: string;
  /** Absolute path of the script that its `bin` names. */
  readonly script: string;
  /** Of the bundler that it uses; its output depends on it. */
  readonly esbuild: string;
}

/**
 * The project's own wrangler: the one that `npx wrangler` would run in the Worker's folder, else that of the project, else the one that
 * is installed beside this package.
 *
 * @throws FaultsError where there is none
 */
export function findWrangler(directory: string, root: string, shownAs: string): Wrangler {
  // Absolute: the Automation API names an inline program's root by a word, not by a path.
  for (const from of [resolve(directory, "package.json"), resolve(root, "package.json"), import.meta.url]) {
    const require = createRequire(from);
    const file = resolved(require, "wrangler/package.json");
    if (file === undefined) continue;
    const { version, bin } = JSON.parse(readFileSync(file, "utf8")) as {
      version: string;
      bin: { wrangler: string };
    };
    const esbuild = resolved(createRequire(file), "esbuild/package.json");
    return {
      version,
      script: join(dirname(file), bin.wrangler),
      esbuild:
        esbuild === undefined
          ? ""
          : (JSON.parse(readFileSync(esbuild, "utf8")) as { version: string }).version,
    };
  }
  throw new FaultsError([
    {
      where: shownAs,
      what: "wrangler is not installed, and it compiles the Worker",
      fix: `Install it in the project: npm install --save-dev wrangler (${WRANGLER_RANGE})`,
    },
  ]);
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
