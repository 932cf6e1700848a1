import { symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { type ApiReport, reportApi } from "./api-report.ts";
import { mainDeclarations } from "./build.ts";
import { referencePage } from "./reference.ts";

/** Packages whose main entry users import: they have a reference page and a docstring everywhere. The ESC language is for our commands. */
export const FOR_USERS: ReadonlySet<string> = new Set(["worker-secrets", "@worker-secrets/sandbox"]);

/** What the repository holds about one package, generated from its built types. */
export interface Described {
  readonly name: string;
  /** Folder below `packages`. */
  readonly folder: string;
  readonly api: ApiReport;
  /** The files with their texts, by their paths in the repository. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Describes built packages that have a main entry: the report of the public types for reviewers, the reference page for users.
 *
 * @param home the folder that `buildPackages` filled; gets a link to the repository's `node_modules`
 */
export async function describePackages(
  built: ReadonlyMap<string, string>,
  home: string,
): Promise<readonly Described[]> {
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(home, "node_modules"), "junction");
  const described: Described[] = [];
  for (const [name, at] of built) {
    const entry = mainDeclarations(at);
    if (entry === undefined) continue;
    const folder = basename(at);
    const api = reportApi(at, entry, built, home);
    const files = new Map([[`packages/${folder}/api.md`, api.text]]);
    if (FOR_USERS.has(name))
      files.set(`docs/api-${folder}.md`, await referencePage(name, entry, built, home));
    described.push({ name, folder, api, files });
  }
  return described;
}
