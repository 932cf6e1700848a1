/** How a Worker's sources become its modules; the keys of the wrangler file that its bundler reads. */
export interface Bundling {
  /** `no_bundle`: the entry is uploaded as it is. */
  readonly noBundle: boolean;
  readonly minify: boolean;
  /** Default true, as wrangler's: functions and classes keep the `name` that they have in the source. */
  readonly keepNames: boolean;
  /** `upload_source_maps`. Default false, unlike wrangler's: a map shows the source to whoever may read the script. */
  readonly sourceMaps: boolean;
  /** Values to substitute, as JavaScript text. */
  readonly define: Readonly<Record<string, string>>;
  readonly alias: Readonly<Record<string, string>>;
  /** Absolute path. */
  readonly tsconfig: string | undefined;
  readonly jsxFactory: string | undefined;
  readonly jsxFragment: string | undefined;
  /** Which imports are not code. The file's rules first, then wrangler's defaults (`.txt`, `.html`, `.sql` text; `.bin` data; `.wasm`, `.wasm?module`). */
  readonly rules: readonly ModuleRule[];
}

export interface ModuleRule {
  readonly type: "text" | "data" | "wasm" | "esm" | "commonjs";
  readonly globs: readonly string[];
  /** Whether later rules of the same type still count. Default false, as wrangler's. */
  readonly fallthrough: boolean;
}
