import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A project with one Worker, as somebody might have it, for wrangler and for the stack to deploy. */
export interface Project {
  /** The script's name, and the folder's where `folder` is absent. */
  readonly name: string;
  /** Shared with another project: two wrangler files in one folder. */
  readonly folder?: string;
  /** The wrangler file's name; by default `wrangler.jsonc`. */
  readonly file?: string;
  /** Keys of the wrangler file beside `name`, a recent `compatibility_date` and `upload_source_maps`, which they may replace; a text is the whole file. */
  readonly config: Readonly<Record<string, unknown>> | string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** The `env` block that is deployed. */
  readonly environment?: string;
  /** What a person runs before a deployment: the tool's entry in `node_modules`, and its arguments. */
  readonly build?: readonly [tool: string, ...args: string[]];
  /** Paths that are asked for; by default `/`. */
  readonly paths?: readonly string[];
  /** Its first answer holds this: that both fail alike is no success. */
  readonly answers: string | RegExp;
}

const DATE = "2026-10-01";

/** Writes a project below `root`, and gives its folder. */
export function writeProject(root: string, { name, folder = name, file, config, files }: Project): string {
  const keys =
    typeof config === "string"
      ? config
      : { name, compatibility_date: DATE, upload_source_maps: true, ...config };
  const all = {
    ...files,
    [file ?? "wrangler.jsonc"]: typeof keys === "string" ? keys : JSON.stringify(keys, null, 2),
  };
  for (const [path, content] of Object.entries(all)) {
    const target = join(root, folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return join(root, folder);
}
