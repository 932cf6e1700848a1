import { isBuiltin } from "node:module";
import { stripVTControlCharacters } from "node:util";
import type { Fault } from "../../faults.ts";
import { type Finished, LIMIT_MS } from "./child.ts";

/** One error or warning of wrangler, out of what it prints. */
export interface Finding {
  readonly kind: "error" | "warning";
  readonly text: string;
  /** `src/index.ts:2:18`, relative to the Worker's folder; `undefined` where wrangler names none. */
  readonly place: string | undefined;
  /** wrangler's advice, without its links. */
  readonly advice: string | undefined;
}

const HEAD = /^\s*(?:✘|▲|X|×)?\s*\[(ERROR|WARNING)\]\s*(.*)$/u;
const PLACE = /^\s+(\S.*?:\d+:\d+):$/u;
/** Lines that frame the message: the source with its marks, where the log is, links. */
const FRAME = /^\s*(?:\d+\s*│|╵|│|🪵|For more guidance see|If you think this is a bug|https?:\/\/)/u;
/** They only announce the errors below them, or are an exception of wrangler's own, of which another error says what it means. */
const NO_FINDING = /^Build failed with \d+ errors?:$|^[\w$]+ \[Error\]: /;
const BUILD = /^Running custom build `([\s\S]*)` failed/;

/**
 * wrangler writes its errors and warnings as prose on standard error; there is no other form of them in 4.164. An error that this does
 * not recognise is left to the caller, which shows the last lines as they are.
 */
export function findingsIn(stderr: string): Finding[] {
  const findings: { kind: Finding["kind"]; text: string; place: string | undefined; rest: string[] }[] = [];
  for (const line of stripVTControlCharacters(stderr).split(/\r?\n/)) {
    const head = HEAD.exec(line);
    const last = findings.at(-1);
    if (head !== null) {
      const kind = head[1] === "ERROR" ? "error" : "warning";
      findings.push({ kind, text: head[2]?.trim() ?? "", place: undefined, rest: [] });
    } else if (last !== undefined) {
      const place = PLACE.exec(line)?.[1];
      if (place !== undefined) last.place ??= fromOne(place);
      else if (line.trim() !== "" && !FRAME.test(line)) last.rest.push(line.trim());
    }
  }
  return findings
    .filter(({ text }) => text !== "" && !NO_FINDING.test(text))
    .map(({ rest, ...finding }) => ({ ...finding, advice: rest.length === 0 ? undefined : rest.join(" ") }));
}

/** wrangler counts columns from 0; editors count from 1. */
function fromOne(place: string): string {
  return place.replace(/:(\d+)$/, (_, column: string) => `:${Number(column) + 1}`);
}

/** The last lines of an output, for a failure in which wrangler names no error: a build command's own words. */
export function lastLines(output: string, most = 12): string {
  return stripVTControlCharacters(output)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.includes("Logs were written to"))
    .slice(-most)
    .join("\n    ");
}

/** Why a run of wrangler failed, as faults. `shown`: a place of wrangler's as messages show it, or the wrangler file. Pure. */
export function faultsOf(
  { stdout, stderr, timedOut }: Pick<Finished, "stdout" | "stderr" | "timedOut">,
  findings: readonly Finding[],
  shown: (place: string | undefined) => string,
): Fault[] {
  if (timedOut)
    return [
      {
        where: shown(undefined),
        what: `wrangler had not compiled the Worker after ${LIMIT_MS / 60_000} minutes, and was stopped`,
        fix: "Run 'npx wrangler deploy --dry-run' in its folder; a build command must end, and gets no input.",
      },
    ];
  const errors = findings.filter(({ kind }) => kind === "error");
  if (errors.length === 0) {
    const said = lastLines(`${stdout}\n${stderr}`);
    return [
      {
        where: shown(undefined),
        what: `wrangler could not compile the Worker: ${said === "" ? "it ended without a word" : said}`,
        fix: "Run 'npx wrangler deploy --dry-run' in its folder to see all that it prints.",
      },
    ];
  }
  return errors.map(({ text, place, advice }) => {
    const command = BUILD.exec(text)?.[1];
    if (command !== undefined)
      return {
        where: shown(place),
        what: `the build command '${command}' failed: ${lastLines(ofBuild(stdout))}`,
        fix: "Run it in the Worker's folder. It gets no variables of this shell but PATH and the like.",
      };
    const builtin = /^Could not resolve "(.*)"/.exec(text)?.[1];
    const fix =
      builtin !== undefined && isBuiltin(builtin)
        ? "It is a module of Node.js: add \"nodejs_compat\" to 'compatibility_flags' in the wrangler file."
        : (advice ?? "Fix it, and try: npx wrangler deploy --dry-run");
    return { where: shown(place), what: text, fix };
  });
}

/** wrangler passes on what the build command prints, each line with a mark before it. */
function ofBuild(stdout: string): string {
  return stripVTControlCharacters(stdout)
    .split(/\r?\n/)
    .flatMap((line) => /^\[custom build\] (?!Running:)(.*)$/.exec(line)?.[1] ?? [])
    .join("\n");
}
