import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import pMap from "p-map";
import { type AssetFolder, META } from "./list.ts";

/** Files read at a time. */
const AT_ONCE = 32;

/** A Worker's static assets as one version: what is deployed, compared and recorded. */
export interface AssetVersion {
  /**
   * SHA-256 over the sorted paths with their files' own hashes, `_headers` and `_redirects`: the same folder gives the same
   * hash on every machine.
   */
  readonly hash: string;
  /** SHA-256 by path, in the order of the paths. */
  readonly files: ReadonlyMap<string, string>;
  readonly folder: AssetFolder;
}

/** Reads and hashes every file. `see` gets each file's bytes while they are there. */
export async function hashAssets(
  folder: AssetFolder,
  see: (path: string, bytes: Buffer) => void = () => undefined,
): Promise<AssetVersion> {
  const hash = async ({ path, file }: AssetFolder["files"][number]) => {
    const bytes = await readFile(file);
    see(path, bytes);
    return [path, sha256(bytes)] as const;
  };
  const files = new Map(await pMap(folder.files, hash, { concurrency: AT_ONCE }));
  for (const [name, text] of [
    [META.headers, folder.headers],
    [META.redirects, folder.redirects],
  ] as const)
    if (text !== undefined) files.set(name, sha256(text));
  return { hash: sha256(JSON.stringify([...files])), files, folder };
}

/** How many lines the summary of a stack's outputs has at most, and how long a path is shown. */
export const MOST_LINES = 100;
const LONGEST = 200;

/**
 * What the stack's outputs tell of the files, so that a preview names those that change: a line per file, or, beyond
 * `MOST_LINES`, a line per folder. 20,000 files take less than 16 KB of state.
 */
export function assetSummary(files: ReadonlyMap<string, string>): Record<string, string> {
  const deepest = Math.max(0, ...[...files.keys()].map((path) => path.split("/").length));
  for (let depth = deepest; depth >= 1; depth--) {
    const groups = grouped(files, depth);
    if (groups.size <= MOST_LINES) return lines(groups);
  }
  return lines(new Map([["/", [...files]]]));
}

type Groups = ReadonlyMap<string, readonly (readonly [path: string, hash: string])[]>;

/** By the file itself where it is that deep at most, else by its folder of that depth. */
function grouped(files: ReadonlyMap<string, string>, depth: number): Groups {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const [path, hash] of files) {
    const parts = path.split("/");
    const name = parts.length <= depth ? `/${path}` : `/${parts.slice(0, depth).join("/")}/`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [[path, hash]]);
    else group.push([path, hash]);
  }
  return groups;
}

function lines(groups: Groups): Record<string, string> {
  return Object.fromEntries(
    [...groups].map(([name, group]) => {
      const [[, only] = ["", ""]] = group;
      const isFolder = name.endsWith("/");
      const digest = (isFolder ? sha256(JSON.stringify(group)) : only).slice(0, 12);
      return [name.slice(0, LONGEST), isFolder ? `${digest} (${group.length} files)` : digest];
    }),
  );
}

/** Names of lines of two summaries that differ; of files, or of folders where there are many. */
export function changedAssets(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .sort();
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
