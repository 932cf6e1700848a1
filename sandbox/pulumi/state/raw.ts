import { badRequest } from "../errors.ts";

/**
 * The members of a JSON object as the raw text of their values. State goes in and out byte for byte: parsing and
 * printing it again would change numbers that JavaScript can't hold. The text must be valid JSON already.
 */
export function rawMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let key: string | undefined;
  let start = 0;
  const close = (end: number) => {
    if (key !== undefined) members.set(key, text.slice(start, end).trim());
    key = undefined;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = stringEnd(text, at);
      if (depth === 1 && key === undefined) {
        key = JSON.parse(text.slice(at, end)) as string;
        at = text.indexOf(":", end);
        start = at + 1;
      } else at = end - 1;
    } else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      depth--;
      if (depth === 0) close(at);
    } else if (character === "," && depth === 1) close(at);
  }
  return members;
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
    return value === undefined ? [] : [`"${name}":${value}`];
  });
  const resources = (deployment as Record<string, unknown>).resources;
  return { text: `{${kept.join(",")}}`, resourceCount: Array.isArray(resources) ? resources.length : 0 };
}

export function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badRequest("the request body is not valid JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw badRequest("the request body must be a JSON object");
  }
  return parsed as Record<string, unknown>;
}
