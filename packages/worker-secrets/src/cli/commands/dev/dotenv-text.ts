import { parse } from "dotenv";
import type { SecretValues } from "../../../program/values.ts";

/** The text of a `.dev.vars` file, or the names whose values no such file can hold. */
export type DotenvText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "impossible"; readonly names: readonly string[] };

/**
 * Writes values so that each comes back byte for byte through dotenv 16.3.1, which is wrangler's own parser of
 * `.dev.vars` (it expands no `$` there; it does in `.env`). The format has no escape character: inside double quotes
 * `\n` and `\r` become line breaks, and nothing else is ever changed back. So a value is put into the first form that
 * gives it back, and the proof is the parser itself.
 */
export function dotenvText(values: SecretValues, comment: readonly string[] = []): DotenvText {
  const lines: string[] = [];
  const fragile = new Map<string, string>();
  for (const [name, value] of values) {
    const line = linesOf(name, value).find((candidate) => standsAnywhere(candidate, name, value));
    if (line === undefined) fragile.set(name, value);
    else lines.push(line);
  }
  const names: string[] = [];
  let tail = "";
  const inTail = new Map<string, string>();
  for (const [name, value] of fragile) {
    const wanted = new Map([[name, value], ...inTail]);
    const line = linesOf(name, value).find((candidate) => givesBack(candidate + tail, wanted));
    if (line === undefined) names.push(name);
    else {
      tail = line + tail;
      inTail.set(name, value);
    }
  }
  if (names.length > 0) return { kind: "impossible", names };
  const text = [...comment.map((one) => `# ${one}\n`), ...lines, tail].join("");
  if (!givesBack(text, values)) throw new Error("lines that are right alone are not right together");
  return { kind: "text", text };
}

/**
 * Whether a line means the same whatever follows. The parser takes a quote behind a backslash for an inner one if
 * there is a later quote to end with, so `A='x\'` alone is x and a backslash, and above `B='y'` it swallows that line.
 */
function standsAnywhere(line: string, name: string, value: string): boolean {
  const probe = name === "Z" ? "Y" : "Z";
  return ["'", '"', "`"].every((quote) =>
    givesBack(
      `${line}${probe}=x${quote}\n`,
      new Map([
        [name, value],
        [probe, `x${quote}`],
      ]),
    ),
  );
}

/** The names that a file of this format gives a value to. */
export function namesIn(text: string): string[] {
  return Object.keys(parse(text)).sort();
}

/** Every way to write a value. A carriage return survives only as `\r`, since the parser makes all line ends `\n`. */
function linesOf(name: string, value: string): string[] {
  const escaped = value.replaceAll("\r", "\\r");
  const forms = [`'${value}'`, `"${escaped}"`, `"${escaped.replaceAll("\n", "\\n")}"`, `\`${value}\``, value];
  return forms.map((form) => `${name}=${form}\n`);
}

function givesBack(text: string, values: SecretValues): boolean {
  // A file is bytes: what is no well-formed text would be written as something else.
  const parsed = parse(Buffer.from(text, "utf8"));
  const names = Object.keys(parsed);
  return (
    names.length === values.size &&
    [...values].every(([name, value]) => Object.hasOwn(parsed, name) && parsed[name] === value)
  );
}
