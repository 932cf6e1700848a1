import { readFileSync } from "node:fs";
import { parse as parseDotenv } from "dotenv";
import type { Fault } from "../../stack/faults.ts";

/** A value that somebody handed over. In clear, in memory only. */
export interface Given {
  readonly name: string;
  /** For this Worker alone; else for all of the stack's Workers. */
  readonly worker?: string | undefined;
  readonly value: string;
  /** Where it came from, as messages say it. */
  readonly source: string;
  /** A name that nobody declares is refused where it was typed for this purpose, and reported where it stood in a file. */
  readonly strict: boolean;
}

/** `NAME`, or `WORKER.NAME` for one Worker alone. */
export function splitName(text: string): { readonly name: string; readonly worker: string | undefined } {
  const dot = text.lastIndexOf(".");
  return dot === -1
    ? { name: text, worker: undefined }
    : { name: text.slice(dot + 1), worker: text.slice(0, dot) };
}

/** How a name is shown, and how it is written in `--values`. */
export function fullName({
  name,
  worker,
}: {
  readonly name: string;
  readonly worker?: string | undefined;
}): string {
  return worker === undefined ? name : `${worker}.${name}`;
}

/**
 * Standard input: one JSON object of texts, or lines `NAME=VALUE` with the value taken as it stands to the end of its
 * line. Empty lines and lines that begin with `#` are skipped. Pure.
 */
export function parseValues(text: string, source: string, faults: Fault[]): Given[] {
  const content = text.replace(/^\uFEFF/, "");
  return /^\s*\{/.test(content) ? fromJson(content, source, faults) : fromLines(content, source, faults);
}

function fromJson(text: string, source: string, faults: Fault[]): Given[] {
  let object: Record<string, unknown>; // it begins with a brace
  try {
    object = JSON.parse(text);
  } catch {
    // Never the parser's own words: they quote the text.
    faults.push({ where: source, what: "it begins as a JSON object but is not valid JSON", fix: JSON_FIX });
    return [];
  }
  return Object.entries(object).flatMap(([key, value]) => {
    if (typeof value === "string") return [{ ...splitName(key), value, source, strict: true }];
    faults.push({
      where: `${source}, '${key}'`,
      what: `its value is ${value === null ? "null" : Array.isArray(value) ? "a list" : `of the type ${typeof value}`}, not a text`,
      fix: JSON_FIX,
    });
    return [];
  });
}

const JSON_FIX = 'Write {"NAME": "VALUE", …}; a value for one Worker alone as "WORKER.NAME".';

function fromLines(text: string, source: string, faults: Fault[]): Given[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.replace(/\r$/, "");
    if (line.trim() === "" || line.trimStart().startsWith("#")) return [];
    const at = line.indexOf("=");
    const key = line.slice(0, at).trim();
    if (at > 0 && /^[\w$.-]+$/.test(key))
      return [{ ...splitName(key), value: line.slice(at + 1), source, strict: true }];
    // The line itself is not shown: it may be a part of a value.
    faults.push({
      where: `${source}, line ${index + 1}`,
      what: "it is not NAME=VALUE",
      fix: "Give one per line; a value of several lines as JSON, or by --from-dev-vars.",
    });
    return [];
  });
}

/** A `.dev.vars`, read by the parser that wrangler uses for it. `spec` is `FILE`, or `WORKER=FILE` for one Worker alone. */
export function readDevVars(spec: string, faults: Fault[]): Given[] {
  const [, worker, file = ""] = /^(?:([A-Za-z][\w-]*)=)?(.+)$/s.exec(spec) ?? [];
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    faults.push({
      where: file,
      what: `the file can't be read (${code})`,
      fix: "Name another: --from-dev-vars FILE",
    });
    return [];
  }
  return Object.entries(parseDotenv(text)).map(([name, value]) => ({
    name,
    worker,
    value,
    source: file,
    strict: false,
  }));
}

/** The declared names in the process environment; nothing else of it is looked at. */
export function fromProcess(names: readonly string[], env: NodeJS.ProcessEnv): Given[] {
  return names.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [{ name, value, source: "the process environment", strict: false }];
  });
}

/** What an opened Environment holds: its `environmentVariables`, else the texts at its top level. */
export function fromOpened(
  opened: Readonly<Record<string, unknown>>,
  source: string,
  faults: Fault[],
): Given[] {
  const inner = opened.environmentVariables;
  const nested = typeof inner === "object" && inner !== null && !Array.isArray(inner);
  const top = Object.entries(opened).filter(([key]) => key !== "environmentVariables" && !RESERVED.has(key));
  // A text at the top level counts too: that is how some wrote the tutorial's second Environment.
  const all = new Map([
    ...top.filter(([, value]) => typeof value === "string"),
    ...(nested ? Object.entries(inner) : []),
  ]);
  return [...all].flatMap(([name, value]) => {
    if (typeof value === "string") return [{ name, value, source, strict: false }];
    if (typeof value === "number" || typeof value === "boolean") {
      faults.push({
        where: `${source}, ${name}`,
        what: `it is a ${typeof value}, not a text (YAML reads an unquoted 0123 as the number 83)`,
        fix: "Quote it there, or give the value by --values -.",
      });
    }
    return [];
  });
}

const RESERVED = new Set(["pulumiConfig", "files"]);
