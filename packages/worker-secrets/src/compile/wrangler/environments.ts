import type { JSONPath } from "jsonc-parser";
import { isObject } from "../../objects.ts";
import { KEYS } from "./keys.ts";

/** Keys that count for the whole file: wrangler warns of one in an `env` block, and ignores it. */
export const FILE_WIDE: ReadonlySet<string> = new Set([
  "$schema",
  "addresses",
  "alias",
  "data_blobs",
  "dependencies_instrumentation",
  "dev",
  "keep_vars",
  "pages_build_output_dir",
  "send_metrics",
  "site",
  "text_blobs",
  "wasm_modules",
]);

/** Keys that an `env` block takes over from the top level unless it has them itself. The others it does not. */
export const INHERITED: ReadonlySet<string> = new Set([
  "access",
  "account_id",
  "assets",
  "base_dir",
  "build",
  "cache",
  "compatibility_date",
  "compatibility_flags",
  "compliance_region",
  "exports",
  "find_additional_modules",
  "first_party_worker",
  "jsx_factory",
  "jsx_fragment",
  "keep_names",
  "limits",
  "logfwdr",
  "logpush",
  "main",
  "migrations",
  "minify",
  "name",
  "no_bundle",
  "observability",
  "placement",
  "preserve_file_names",
  "preview_urls",
  "previews",
  "python_modules",
  "route",
  "routes",
  "rules",
  "triggers",
  "tsconfig",
  "upload_source_maps",
  "workers_dev",
]);

/** What stands in a file, or in a part of it. */
export type Keys = Readonly<Record<string, unknown>>;

/** What a file says for one environment, in one object without `env`. */
export interface Applied {
  readonly keys: Keys;
  /** The block that was applied. */
  readonly environment: string | undefined;
  /** Where a place of `keys` stands in the file. */
  placeOf(path: JSONPath): JSONPath;
}

/** A mistake and where it stands in the file. */
export interface Misplaced {
  readonly path: JSONPath;
  readonly what: string;
  readonly fix: string;
}

/**
 * The environment that is wanted: a block by name, which has to be there; the top level, by an empty name as with
 * wrangler's `--env=""`; or the stack's own name, if there is such a block.
 */
export interface Wanted {
  readonly environment: string | undefined;
  readonly environmentByStack?: string | undefined;
}

/** Applies an `env` block by wrangler's rules; `undefined` only with something in `misplaced`. */
export function applyEnvironment(file: Keys, wanted: Wanted, misplaced: Misplaced[]): Applied | undefined {
  const { env = {}, ...top } = file;
  if (!isObject(env)) {
    misplaced.push({ path: ["env"], what: "'env' must be an object", fix: "Give each block a name." });
    return undefined;
  }
  const byStack = wanted.environmentByStack;
  const named =
    wanted.environment ?? (byStack !== undefined && Object.hasOwn(env, byStack) ? byStack : undefined);
  const environment = named === "" ? undefined : named;
  if (environment === undefined) return { keys: top, environment, placeOf: (path) => path };
  const block = Object.hasOwn(env, environment) ? env[environment] : undefined;
  if (!isObject(block)) {
    const names = Object.keys(env);
    misplaced.push({
      path: ["env"],
      what:
        block === undefined
          ? `there is no block 'env.${environment}'; ${names.length === 0 ? "the file has none at all" : `the file has ${names.map((name) => `'${name}'`).join(", ")}`}`
          : `'env.${environment}' must be an object`,
      fix: "Add the block, or name another one in the stack's config.",
    });
    return undefined;
  }
  // For wrangler, an empty text in these two is none at all, so that the top level's comes down.
  const isSaid = (key: string): boolean =>
    Object.hasOwn(block, key) &&
    block[key] !== undefined &&
    !(block[key] === "" && (key === "account_id" || key === "route"));
  const placeOf = (path: JSONPath): JSONPath =>
    path[0] !== "env" && isSaid(String(path[0])) ? ["env", environment, ...path] : path;
  const inherited = Object.entries(top).filter(([key]) => !isOwn(key) && !isSaid(key));
  const own = Object.entries(block).filter(([key]) => !FILE_WIDE.has(key) && key !== "env" && isSaid(key));
  return { keys: Object.fromEntries([...inherited, ...own]), environment, placeOf };
}

/** Whether each environment has to have the key itself. */
export function isOwn(key: string): boolean {
  return Object.hasOwn(KEYS, key) && !INHERITED.has(key) && !FILE_WIDE.has(key);
}
