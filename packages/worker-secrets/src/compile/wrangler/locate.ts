import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Fault } from "../../faults.ts";
import { membersOf } from "../../objects.ts";
import { parseJsonc } from "../jsonc.ts";

/** In wrangler's order. Of two, wrangler silently takes the first; here two are refused. */
const NAMES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"] as const;

/** Where a build tool leaves the name of a generated wrangler file, which `wrangler deploy` then takes instead. */
const REDIRECT = join(".wrangler", "deploy", "config.json");

/** A file with its text. */
export interface TextFile {
  readonly path: string;
  readonly shownAs: string;
  readonly text: string;
}

/** The wrangler file of a Worker, and all that wrangler reads to find out which one it is. */
export interface Located {
  readonly kind: "located";
  /** As `--config` takes it, relative to the folder; `undefined` where wrangler looks for the file itself. */
  readonly config: string | undefined;
  /** The file that says what is deployed. */
  readonly file: TextFile;
  /** Where a build tool generated that file: the one that a person wrote, if there is one. */
  readonly redirected: { readonly original: TextFile | undefined } | undefined;
  /** Every file with its text, by its path relative to the folder: the same are read in the same way. */
  readonly evidence: readonly (readonly [path: string, text: string])[];
}

export type NotLocated = { readonly kind: "missing"; readonly faults: readonly Fault[] };

/**
 * Finds the wrangler file as `wrangler deploy` in that folder does, except that folders above are not searched. `config`: the file's
 * name, as the stack's config has it. Synchronous, so that all Workers of a stack are read by one process.
 */
export function locate(directory: string, root: string, config: string | undefined): Located | NotLocated {
  if (config !== undefined) return named(directory, root, config);
  const there = NAMES.filter((name) => existsSync(join(directory, name)));
  const [name] = there;
  if (there.length > 1) {
    return missing(
      relative(root, join(directory, name ?? "")),
      `${there.join(" and ")} stand side by side; wrangler would take ${name} and ignore the rest`,
      "Keep one of them, or name it in the Worker's entry: config: FILE.",
    );
  }
  const original = name === undefined ? undefined : textFile(join(directory, name), root);
  if (original !== undefined && "kind" in original) return original;
  const redirect = redirectAbove(directory);
  const generated = redirect === undefined ? undefined : target(redirect, root);
  const isHere = redirect === join(directory, REDIRECT);
  if (original === undefined && !(isHere && generated !== undefined)) return noFile(directory, root);
  const evidence = [
    ...(original === undefined ? [] : [original]),
    ...(redirect === undefined ? [] : [{ path: redirect, text: readFileSync(redirect, "utf8") }]),
    ...(generated === undefined ? [] : [generated]),
  ].map(({ path, text }) => [relative(directory, path), text] as const);
  // A redirect elsewhere, or one to nowhere, is refused by wrangler in its own words.
  const file = isHere ? (generated ?? original) : original;
  if (file === undefined) return noFile(directory, root);
  const redirected = isHere && generated !== undefined ? { original } : undefined;
  return { kind: "located", config: undefined, file, redirected, evidence };
}

function named(directory: string, root: string, config: string): Located | NotLocated {
  const path = resolve(directory, config);
  const shownAs = relative(root, path);
  if (!/\.(json|jsonc|toml)$/.test(path)) {
    const fix = "Name a file that ends in .jsonc, .json or .toml in the Worker's entry: config: FILE.";
    return missing(shownAs, "wrangler reads no file of this name as its own", fix);
  }
  const file = textFile(path, root);
  if ("kind" in file) return file;
  const shown = isAbsolute(config) ? relative(directory, config) : config;
  return {
    kind: "located",
    config: shown,
    file,
    redirected: undefined,
    evidence: [[shown, file.text]],
  };
}

/** The nearest redirect from a folder upwards: wrangler compares it with where the wrangler file is. */
function redirectAbove(directory: string): string | undefined {
  for (let folder = directory; ; folder = dirname(folder)) {
    const path = join(folder, REDIRECT);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The generated file that a redirect names; `undefined` where it names none that can be read. */
function target(redirect: string, root: string): TextFile | undefined {
  const { configPath } = membersOf(parseJsonc(readFileSync(redirect, "utf8"), REDIRECT).value);
  if (typeof configPath !== "string") return undefined;
  const file = textFile(resolve(dirname(redirect), configPath), root);
  return "kind" in file ? undefined : file;
}

function textFile(path: string, root: string): TextFile | NotLocated {
  const shownAs = relative(root, path);
  try {
    return { path, shownAs, text: readFileSync(path, "utf8").replace(/^\uFEFF/, "") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const fix = "Create it, or point the stack's config at the Worker's folder.";
    return missing(shownAs, `the file can't be read (${code})`, fix);
  }
}

function noFile(directory: string, root: string): NotLocated {
  const where = relative(root, directory) || ".";
  const other = ["cloudflare.config.ts", "wrangler.config.ts"].find((name) =>
    existsSync(join(directory, name)),
  );
  if (other !== undefined) {
    const what = `${other} is an experiment of wrangler's, whose form still changes: the stack does not read it`;
    return missing(join(where, other), what, "Write a wrangler.jsonc.");
  }
  if (existsSync(join(directory, ".cloudflare", "output"))) {
    const what = "Cloudflare's Build Output is not stable yet: the stack does not deploy it";
    return missing(join(where, ".cloudflare", "output"), what, "Write a wrangler.jsonc for the Worker.");
  }
  return missing(
    where,
    `there is no ${NAMES.join(", ")} in this folder${kindOf(directory)}`,
    "Create one, or point the stack's config at the Worker's folder.",
  );
}

/** What else is to be said of a path that should be a Worker's folder. */
function kindOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return ", which does not exist";
  return found.isDirectory() ? "" : ": it is a file";
}

function missing(where: string, what: string, fix: string): NotLocated {
  return { kind: "missing", faults: [{ where, what, fix }] };
}
