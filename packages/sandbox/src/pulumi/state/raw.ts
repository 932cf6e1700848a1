import { parseJsonText } from "../../http/json-text.ts";
import { badRequest } from "../errors.ts";

/** A JSON object by its members' names, each value as its raw text. */
export type RawObject = ReadonlyMap<string, string>;

/**
 * The members of a JSON object as the raw text of their values. State goes in and out byte for byte: parsing and
 * printing it again would change numbers that JavaScript can't hold. The text must be valid JSON already.
 */
export function rawMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  eachValue(text, (key, value) => members.set(key ?? "", value));
  return members;
}

/** The elements of a JSON array as raw text, in the same way; none for `null` or for no text. */
export function rawElements(text: string | undefined): string[] {
  const elements: string[] = [];
  if (text !== undefined && text !== "null") eachValue(text, (_, value) => elements.push(value));
  return elements;
}

/** A JSON object of raw values: the way back from `rawMembers`. */
export function rawObject(members: Iterable<readonly [string, string]>): string {
  return `{${Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Calls `visit` for each value right inside the object or array that the text is; an array's have no key. */
function eachValue(text: string, visit: (key: string | undefined, value: string) => void): void {
  let depth = 0;
  let isObject = false;
  let key: string | undefined;
  let start = -1;
  const close = (end: number) => {
    const value = start < 0 ? "" : text.slice(start, end).trim();
    if (value !== "") visit(key, value);
    key = undefined;
    start = isObject ? -1 : end + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (depth === 1 && isObject && start < 0) key = JSON.parse(text.slice(at, end)) as string;
      at = end - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (depth++ === 0) {
        isObject = code === OPEN_BRACE;
        start = isObject ? -1 : at + 1;
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (--depth === 0) close(at);
    } else if (depth === 1 && code === COMMA) close(at);
    else if (depth === 1 && code === COLON && isObject && start < 0) start = at + 1;
  }
}

/** Just behind the string literal that begins at `at`. A regular expression would overflow on strings of megabytes. */
function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  for (;;) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}

/** A state as clients send it: its text, kept as it is, and the few facts the sandbox reads out of it. */
export interface UntypedDeployment {
  readonly text: string;
  readonly resourceCount: number;
}

export const EMPTY_DEPLOYMENT = '{"version":3,"deployment":null}';

/** Takes `version`, `features` and `deployment` out of a body; `undefined` when it has no deployment. */
export function untypedDeployment(text: string): UntypedDeployment | undefined {
  const parsed = parseObject(text);
  const deployment = parsed.deployment;
  if (deployment === undefined || deployment === null) return undefined;
  if (typeof deployment !== "object" || Array.isArray(deployment))
    throw badRequest("deployment must be an object");
  if (typeof parsed.version !== "number") throw badRequest("version must be a number");
  const raw = rawMembers(text);
  const kept = ["version", "features", "deployment"].flatMap((name) => {
    const value = raw.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const resources = (deployment as Record<string, unknown>).resources;
  return { text: rawObject(kept), resourceCount: Array.isArray(resources) ? resources.length : 0 };
}

export function parseObject(text: string): Record<string, unknown> {
  const parsed = parseJsonText(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw badRequest("the request body must be a JSON object");
  }
  return parsed as Record<string, unknown>;
}
