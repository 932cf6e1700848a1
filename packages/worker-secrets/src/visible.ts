/**
 * What must not reach a terminal, a log or a page as it is: control characters, those that change the direction of a text or
 * show nothing, other separators of lines, and halves of surrogate pairs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** What a runner takes for a command: `::name::` at a line's begin, and `##[name]`, `##vso[…]`, `##teamcity[…]` anywhere. */
const COMMAND_AT_BEGIN = /^(\s*):(?=:)/;
const COMMAND_ANYWHERE = /##(?=[\w.-]*\[)/g;

/** A text of several lines as it is printed: what is hidden is written as an escape, and no line is a runner's command. */
export function visible(text: string): string {
  return text.split("\n").map(visibleLine).join("\n");
}

/** A text from elsewhere within a line of ours: also its line ends are written as escapes. At most `longest` characters. */
export function oneLine(text: string, longest = 2000): string {
  const shown = visibleLine(text).replaceAll("\t", "\\t").replaceAll("\n", "\\n");
  return shown.length > longest ? `${shown.slice(0, longest)} …` : shown;
}

/** JSON with the same meaning, in which nothing hidden stands as it is. */
export function visibleJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  return text.replace(HIDDEN, (character) => (character === "\n" ? character : unicodeEscape(character)));
}

/** The value with each of its texts, names of members too, as `visible` shows it. */
export function visibleIn(value: unknown): unknown {
  if (typeof value === "string") return visible(value);
  if (Array.isArray(value)) return value.map(visibleIn);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [visible(name), visibleIn(member)]),
  );
}

function visibleLine(line: string): string {
  return line
    .replace(HIDDEN, (character) => (/[\t\n]/.test(character) ? character : escaped(character)))
    .replace(COMMAND_AT_BEGIN, "$1\\x3a")
    .replace(COMMAND_ANYWHERE, "#\\x23");
}

function escaped(character: string): string {
  if (character === "\r") return "\\r";
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("");
}
