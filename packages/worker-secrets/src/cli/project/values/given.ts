import type { Fault } from "../../../faults.ts";

/** A value that somebody handed over. In clear, in memory only. */
export interface Given {
  readonly name: string;
  /** For this Worker alone; else for all of the stack's Workers. */
  readonly worker?: string | undefined;
  /** `undefined`: what was given is no text, and a fault says so. */
  readonly value: string | undefined;
  /** Where it came from, as messages say it. */
  readonly source: string;
  /** Where in it: shown in the place of a name that nobody declares. Absent where a name can't be a part of a value. */
  readonly at?: string | undefined;
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

/** The declared names in the process environment; nothing else of it is looked at. */
export function fromProcess(names: Iterable<string>, env: NodeJS.ProcessEnv): Given[] {
  return [...names].flatMap((name) => {
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
