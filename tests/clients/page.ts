import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const DOCS = join(import.meta.dirname, "../../docs");

/** What a page of the docs has its reader do. */
export interface Page {
  /** The files that it gives in full, by their paths. */
  readonly files: ReadonlyMap<string, string>;
  /** Its blocks of commands. */
  readonly commands: readonly string[];
  /** Writes the files into a project. */
  write(project: string): void;
}

/** Reads a page: a block below a line that is a path and a colon is a file, one of the language `sh` is commands. */
export function readPage(name: string): Page {
  const text = readFileSync(join(DOCS, name), "utf8");
  const files = new Map<string, string>();
  for (const [, path = "", content = ""] of text.matchAll(/^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$/gms))
    files.set(path, content);
  const commands = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines = ""]) => lines);
  return {
    files,
    commands,
    write(project) {
      for (const [path, content] of files) {
        mkdirSync(dirname(join(project, path)), { recursive: true });
        writeFileSync(join(project, path), content);
      }
    },
  };
}
