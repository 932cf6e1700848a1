import { type ExactNumber, isExactNumber } from "./numbers.ts";
import { nowhere } from "./ranges.ts";
import type { SchemaConstant } from "./schema/schema.ts";
import type { EscValue, EscValueContent, JsonValue } from "./wire.ts";

/** A value made of plain JSON; no text defines it. */
export function jsonToValue(json: JsonValue | SchemaConstant): EscValue {
  const trace = { def: nowhere("") };
  if (json === null) return { trace };
  if (isExactNumber(json)) return { value: json, trace };
  if (Array.isArray(json)) return { value: json.map((element) => jsonToValue(element)), trace };
  if (typeof json !== "object") return { value: json, trace };
  return { value: Object.fromEntries(Object.entries(json).map(([key, v]) => [key, jsonToValue(v)])), trace };
}

/**
 * The plain JSON of a value. Unknown values become `[unknown]`, and secrets `[secret]` if they are to be redacted.
 * A number beyond the precision of `number` loses its last digits here; {@link valueText} keeps them.
 */
export function valueToJson(value: EscValue, options: { redact: boolean }): JsonValue {
  if (value.secret && options.redact) return "[secret]";
  if (value.unknown) return "[unknown]";
  const { value: content } = value;
  if (content === undefined) return null;
  if (isExactNumber(content)) return Number(content.rawJSON);
  if (Array.isArray(content)) return content.map((element) => valueToJson(element, options));
  if (typeof content !== "object") return content;
  return Object.fromEntries(Object.entries(content).map(([key, v]) => [key, valueToJson(v, options)]));
}

/** The properties of an object value; undefined if the value is none. */
export function propertiesOf(value: EscValue | undefined): Record<string, EscValue> | undefined {
  const content = value?.value;
  return isProperties(content) ? content : undefined;
}

/** The text of a scalar, as environment variables hold it; undefined for lists and objects. */
export function valueText(value: EscValue): string | undefined {
  const { value: content } = value;
  if (value.unknown) return "[unknown]";
  if (content === undefined) return "";
  if (isExactNumber(content)) return content.rawJSON;
  return typeof content === "object" ? undefined : String(content);
}

function isProperties(
  content: EscValueContent | undefined,
): content is Exclude<EscValueContent, ExactNumber | EscValue[] | boolean | number | string> {
  return typeof content === "object" && !Array.isArray(content) && !isExactNumber(content);
}
