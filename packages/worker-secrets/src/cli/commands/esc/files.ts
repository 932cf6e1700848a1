import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { anonymousEnvironment, type Decrypter, type Loader } from "@worker-secrets/esc";

/** Files that stand for Environments: `project/env` is `DIR/project/env.yaml`. */
export interface EnvironmentFiles extends Loader {
  /** What was read so far, by the name that ranges of diagnostics carry. */
  readonly read: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
  /** Versions that were asked for; files have none. */
  readonly ignoredVersions: ReadonlySet<string>;
  /** Reads the file to evaluate and names it: relative to the folder, or anonymous if it is not in there. */
  readRoot(path: string): { name: string; text: string };
}

/** Files hold no key: only the service can decrypt what it has stored. */
export const noKey: Decrypter = {
  decrypt() {
    throw new Error("a file has no key to it; only the service that stored the secret can decrypt it");
  },
};

/** Names that may become part of a path. */
const plainName = /^(?!\.+$)[A-Za-z0-9_.-]+$/;

export function environmentFiles(folder: string): EnvironmentFiles {
  const read = new Map<string, { path: string; text: string }>();
  const ignoredVersions = new Set<string>();

  /** The file's text; undefined if there is none, or if a link leads out of the folder. */
  const find = (path: string): string | undefined => {
    try {
      if (!isWithin(realpathSync(folder), realpathSync(path))) return undefined;
      return readDefinition(path);
    } catch {
      return undefined;
    }
  };
  return {
    read,
    ignoredVersions,
    readRoot(path) {
      const text = readDefinition(path);
      const inside = isWithin(resolve(folder), resolve(path));
      const name = inside
        ? relative(folder, path)
            .replace(/\.ya?ml$/, "")
            .replaceAll(sep, "/")
        : anonymousEnvironment;
      read.set(name, { path, text });
      return { name, text };
    },
    load({ project, name, version, text: written }) {
      if (![project ?? "default", name].every((part) => plainName.test(part)))
        return { error: `${JSON.stringify(written)} is not the name of an environment` };
      if (version !== undefined && version !== "latest") ignoredVersions.add(written);
      const places = project === undefined ? [name, `default/${name}`] : [`${project}/${name}`];
      for (const place of places) {
        const path = join(folder, `${place}.yaml`);
        const text = find(path);
        if (text === undefined) continue;
        read.set(place, { path, text });
        return { name: place, text, decrypter: noKey };
      }
      const files = places.map((place) => `${place}.yaml`).join(" nor ");
      return {
        error: `environment ${JSON.stringify(written)} not found: no ${files} in the folder of environments`,
      };
    },
  };
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** What stands there is not read. */
export class UnreadableFile extends Error {}

/** As many bytes as the longest definition may have, each of its characters in four. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A named pipe would wait for whoever writes into it, and a device may never end. */
function readDefinition(path: string): string {
  const found = statSync(path);
  if (!found.isFile()) throw new UnreadableFile("it is a folder, a named pipe, a socket or a device");
  if (found.size > MOST_BYTES) throw new UnreadableFile("it is longer than 4 MB");
  return readFileSync(path, "utf8");
}
