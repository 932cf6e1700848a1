import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Files } from "./template.ts";

/** What keeps a folder from being the new project's, or `undefined`. An empty one will do. */
export function folderFault(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  if (!statSync(folder).isDirectory()) return "it is a file";
  const [first] = readdirSync(folder);
  return first === undefined ? undefined : `it is not empty (it has ${first})`;
}

/** Writes the files. None replaces another: what somebody puts there meanwhile is an error. */
export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: "wx" });
  }
}
