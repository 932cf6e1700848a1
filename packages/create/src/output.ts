/**
 * The one way to print in this package: whatever a path, a name or an error holds, no control character reaches the terminal, and no line
 * can be taken for a command by a CI runner. `tools/lint/one-writer.grit` refuses any other way.
 */

/** Control characters, those that are not seen or change the direction of a text, and other separators of lines. */
const HIDDEN = /[^\P{C}\t\n]|[\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Prints on standard output. */
export function print(text: string): void {
  process.stdout.write(`${visible(text)}\n`);
}

/** Prints on standard error. */
export function note(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}

/** What is hidden, and what a runner would take for a command (`::name::`, `##[name]`), as escapes. */
export function visible(text: string): string {
  return text
    .replace(HIDDEN, (hidden) => hidden.split("").map(escaped).join(""))
    .replace(/^(\s*):(?=:)/gm, "$1\\u003a")
    .replace(/##(?=[\w.-]*\[)/g, "#\\u0023");
}

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** What is wrong with the arguments, without repeating them: somebody may have written a value there. */
export function argumentFault(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") return "there is a word too many";
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return String(message);
  const [, name] = /^Unknown option '(--[a-z][a-z-]{0,29})'/.exec(String(message)) ?? [];
  return name === undefined ? "a word that begins with '-' is no option" : `unknown option '${name}'`;
}
