import { isDeepStrictEqual } from "node:util";
import { type EscValue, isExactNumber, parsePath } from "@worker-secrets/esc";
import { type Document, isCollection, isMap, isNode, isScalar, parseDocument } from "yaml";
import { plain } from "./external.ts";

/** A new state of a rotated secret, and where in the document it belongs. */
export interface StatePatch {
  readonly path: string;
  readonly replacement: EscValue;
}

type Form = string | number | boolean | null | object;

/** Writes a state into a definition, its secrets as `fn::secret`. All else keeps its layout and its comments. */
export function writeState(text: string, { path, replacement }: StatePatch): string {
  const steps = parsePath(path);
  if (!Array.isArray(steps)) throw new Error(`cannot write the new state: ${steps.error}`);
  const form = definitionOf(replacement);
  const wanted = parse(text);
  wanted.setIn(steps, parse(flowOf(form)).contents);
  const edited = edit(text, steps, form);
  // The edit of the text is used only where it says what the tree says; odd layouts are written anew.
  const good =
    edited !== undefined && isDeepStrictEqual(parse(edited).toJS(), parse(wanted.toString()).toJS());
  return good ? edited : wanted.toString({ lineWidth: 0 });
}

/** Every scalar as its text, as written: nothing but the layout may differ. */
function parse(text: string): Document.Parsed {
  return parseDocument(text, {
    schema: "failsafe",
    uniqueKeys: false,
    logLevel: "silent",
  }) as Document.Parsed;
}

/** The value as a definition writes it. Only texts can be secrets, so others are kept as JSON in a secret text. */
function definitionOf(value: EscValue): Form {
  const { value: content } = value;
  if (value.secret) {
    if (typeof content === "string") return { "fn::secret": content };
    return { "fn::fromJSON": { "fn::secret": JSON.stringify(plain(value)) } };
  }
  if (content === undefined) return null;
  if (typeof content !== "object" || isExactNumber(content)) return content;
  if (Array.isArray(content)) return content.map(definitionOf);
  return Object.fromEntries(Object.entries(content).map(([key, member]) => [key, definitionOf(member)]));
}

function edit(text: string, steps: readonly (string | number)[], form: Form): string | undefined {
  const document = parse(text);
  const call = document.getIn(steps.slice(0, -1), true);
  if (!isMap(call) || !call.range) return undefined;
  const key = String(steps.at(-1));
  const pair = call.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (pair && isNode(pair.value) && pair.value.range) {
    const [start, end] = pair.value.range;
    const block = isCollection(pair.value) && !pair.value.flow;
    const shown = block ? blockOf(form, columnOf(text, start)) : ` ${flowOf(form)}`;
    const newline = text.slice(start, end).endsWith("\n") ? "\n" : "";
    return text.slice(0, start) + (block ? shown : shown.trimStart()) + newline + text.slice(end);
  }
  const last = call.items.at(-1);
  const first = call.items[0]?.key;
  if (pair || !last || !isNode(first) || !first.range) return undefined;
  if (call.flow) {
    const [start] = first.range;
    return `${text.slice(0, start)}${flowOf(key)}: ${flowOf(form)}, ${text.slice(start)}`;
  }
  const at = endOfLastLine(text, isNode(last.value) ? last.value.range?.[1] : undefined);
  const column = columnOf(text, first.range[0]);
  if (at === undefined) return undefined;
  const entry = `\n${" ".repeat(column)}${key}:\n${" ".repeat(column + 2)}${blockOf(form, column + 2)}`;
  return text.slice(0, at) + entry + text.slice(at);
}

/** The end of the line on which what ends at an offset has its last character. */
function endOfLastLine(text: string, offset: number | undefined): number | undefined {
  if (offset === undefined) return undefined;
  const content = text.slice(0, offset).trimEnd().length;
  const newline = text.indexOf("\n", content);
  return newline < 0 ? text.length : newline;
}

/** The form in lines, of which the first stands at `column` already. */
function blockOf(form: Form, column: number): string {
  if (typeof form !== "object" || form === null || Array.isArray(form) || isExactNumber(form))
    return flowOf(form);
  const entries = Object.entries(form) as [string, Form][];
  if (entries.length === 0) return "{}";
  return entries
    .map(([key, value]) => {
      const nested =
        typeof value === "object" && value !== null && !Array.isArray(value) && !isExactNumber(value);
      const inner = nested && Object.keys(value).length > 0 ? `\n${" ".repeat(column + 2)}` : " ";
      return `${/^[A-Za-z_][\w:-]*\w$/.test(key) ? key : flowOf(key)}:${inner}${blockOf(value, column + 2)}`;
    })
    .join(`\n${" ".repeat(column)}`);
}

/** JSON, which is YAML too, once the characters are escaped that YAML takes for line breaks or refuses. */
function flowOf(form: Form): string {
  return JSON.stringify(form).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
