import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ignoreMatcher } from "./ignore.ts";

/** Not uploaded as a file: the API gets their text. wrangler 4.164, `createAssetsIgnoreFunction`. */
export const META = { ignore: ".assetsignore", redirects: "_redirects", headers: "_headers" } as const;

/** One file that is uploaded. */
export interface AssetFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** The path from where a link leads on, by the names there (`.git/config`); `undefined` without one. */
  readonly linkedAs: string | undefined;
}

/** A folder of static assets as wrangler uploads it. */
export interface AssetFolder {
  /** In byte order of their paths. */
  readonly files: readonly AssetFile[];
  /** The text of `_headers` and `_redirects`; `undefined` where there is none. */
  readonly headers: string | undefined;
  readonly redirects: string | undefined;
  /** The text of `.assetsignore`. */
  readonly ignore: string | undefined;
  /** Whether the folder holds anything else: what is excluded, or is a link, which the plugin would upload otherwise. */
  readonly differs: boolean;
}

/** Something in the folder that can't be uploaded. */
export class AssetFault extends Error {
  readonly path: string;
  readonly fix: string;

  constructor(path: string, what: string, fix: string) {
    super(what);
    this.path = path;
    this.fix = fix;
  }
}

/** Lists what wrangler would upload: `.assetsignore` is honoured, links are followed. Throws an `AssetFault`. */
export async function listAssets(directory: string): Promise<AssetFolder> {
  const [ignore, headers, redirects] = await Promise.all(
    [META.ignore, META.headers, META.redirects].map((name) => textOf(directory, name)),
  );
  const own = Object.values(META).map((name) => `/${name}`);
  const walk = new Walk(directory, ignoreMatcher([...own, ...(ignore?.split("\n") ?? [])]));
  await walk.into("", undefined, new Set());
  const files = walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, headers, redirects, ignore, differs: walk.differs };
}

class Walk {
  readonly files: AssetFile[] = [];
  differs = false;
  readonly #directory: string;
  readonly #isIgnored: (path: string) => boolean;

  constructor(directory: string, isIgnored: (path: string) => boolean) {
    this.#directory = directory;
    this.#isIgnored = isIgnored;
  }

  /** `above`: the folders that lead here, by which a link that leads back is seen. */
  async into(folder: string, as: string | undefined, above: ReadonlySet<string>): Promise<void> {
    const here = await realpath(join(this.#directory, folder));
    if (above.has(here))
      throw new AssetFault(folder, "the link leads back to a folder around it", "Remove the link.");
    const entries = await readdir(here, { withFileTypes: true });
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const file = join(this.#directory, path);
      const isLink = entry.isSymbolicLink();
      this.differs ||= isLink;
      const kind = isLink ? await linked(file, path) : entry;
      if (this.#isIgnored(kind.isDirectory() ? `${path}/` : path)) {
        this.differs = true;
        continue;
      }
      const below = as === undefined ? undefined : `${as}/${entry.name}`;
      const linkedAs = isLink ? basename(await realpath(file)) : below;
      if (kind.isDirectory()) await this.into(path, linkedAs, new Set([...above, here]));
      else if (kind.isFile()) this.files.push({ path, file, size: (await stat(file)).size, linkedAs });
      else throw new AssetFault(path, "it is neither a file nor a folder", "Remove it.");
    }
  }
}

async function linked(file: string, path: string) {
  try {
    return await stat(file);
  } catch {
    throw new AssetFault(
      path,
      "the link leads nowhere",
      "Remove the link, or what it names has to be there.",
    );
  }
}

async function textOf(directory: string, name: string): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(directory, name));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR"))
      return undefined;
    throw error;
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Told below.
  }
  throw new AssetFault(name, "it is not a text in UTF-8, so it can't be read", "Save it as UTF-8.");
}
