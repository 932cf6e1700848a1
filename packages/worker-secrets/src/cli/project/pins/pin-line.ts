import { isMap, isScalar, parseDocument } from "yaml";
import { FaultsError } from "../../../faults.ts";

/**
 * A stack's config file with one key of the project's namespace set, or taken out: exactly one line of the text differs,
 * whatever its layout, so that the change reads as one line in git. (`StackFile` prints the whole document again.)
 */
export function withConfigLine(
  text: string,
  key: string,
  value: string | undefined,
  shownAs: string,
): string {
  const document = parseDocument(text);
  const config = document.get("config", true);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  if (document.errors.length > 0 || (config !== undefined && !isEmpty(config) && !isMap(config)))
    throw unreadable(shownAs);
  const written = value === undefined ? undefined : quoted(value);
  if (!isMap(config) || config.items.length === 0) {
    if (written === undefined) return text;
    const line = `  ${key}: ${written}${newline}`;
    const head = /^config:[^\S\r\n]*(?:\{\s*\}|null|~)?[^\S\r\n]*(?=#|\r?$)/m.exec(text);
    if (head === null)
      return `${text}${text === "" || text.endsWith("\n") ? "" : newline}config:${newline}${line}`;
    const rest = text.slice(head.index + head[0].length);
    const end = rest.indexOf("\n");
    const [comment, below] =
      end < 0 ? [`${rest}${newline}`, ""] : [rest.slice(0, end + 1), rest.slice(end + 1)];
    return `${text.slice(0, head.index)}config:${comment.startsWith("#") ? " " : ""}${comment}${line}${below}`;
  }
  if (config.flow === true) throw unreadable(shownAs);
  const pair = config.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (pair !== undefined) {
    if (!isScalar(pair.value) || !pair.value.range || !isScalar(pair.key) || !pair.key.range)
      throw unreadable(shownAs);
    const [from, to] = pair.value.range;
    if (written !== undefined)
      return String(pair.value.value) === value ? text : `${text.slice(0, from)}${written}${text.slice(to)}`;
    const start = text.lastIndexOf("\n", pair.key.range[0]) + 1;
    const end = text.indexOf("\n", to);
    const rest = end < 0 ? "" : text.slice(end + 1);
    // A mapping without any key would be null: its own line goes too.
    if (config.items.length > 1) return text.slice(0, start) + rest;
    return text.slice(0, start).replace(/^config:[^\r\n]*\r?\n/m, "") + rest;
  }
  if (written === undefined) return text;
  const [first] = config.items;
  if (!isScalar(first?.key) || !first.key.range) throw unreadable(shownAs);
  const start = text.lastIndexOf("\n", first.key.range[0] - 1) + 1;
  return `${text.slice(0, start)}${text.slice(start, first.key.range[0])}${key}: ${written}${newline}${text.slice(start)}`;
}

/** A number stays one; what YAML could take for something else than a text is quoted. */
function quoted(value: string): string {
  if (/^[1-9]\d*$/.test(value)) return value;
  return /^[A-Za-z_][\w.-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && (node.value === null || node.value === "");
}

function unreadable(shownAs: string): FaultsError {
  return new FaultsError([
    {
      where: `${shownAs}, config`,
      what: "it is not a block mapping of keys, so no single line can be changed in it",
      fix: "Write its keys on lines of their own.",
    },
  ]);
}
