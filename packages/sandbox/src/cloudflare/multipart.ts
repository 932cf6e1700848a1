import { BadBody } from "../http/route.ts";

/** One part of a form, its bytes untouched. */
export interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  /** Lower case, without parameters; `undefined` when the part has none. */
  readonly type: string | undefined;
  readonly bytes: Uint8Array;
}

/** The boundary of a `multipart/form-data` content type. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/**
 * Splits a form into its parts. `Request.formData()` is not used: it drops the content type of parts without a file
 * name and decodes them as text, while a module must come back byte for byte.
 */
export function parseForm(body: Uint8Array, boundary: string): Part[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const parts: Part[] = [];
  let at = bytes.indexOf(`--${boundary}`);
  if (at < 0) throw new BadBody("the form's boundary does not occur in the body");
  at += delimiter.length - 2;
  while (bytes.subarray(at, at + 2).toString() !== "--") {
    const begin = bytes.indexOf("\r\n", at) + 2;
    const end = bytes.indexOf(delimiter, begin - 2);
    if (begin < 2 || end < 0) throw new BadBody("the form breaks off before its last boundary");
    parts.push(parsePart(bytes.subarray(begin, end)));
    at = end + delimiter.length;
  }
  return parts;
}

/** Writes a form, in the parts' order. */
export function formatForm(parts: readonly Part[], boundary: string): Buffer {
  const pieces = parts.flatMap((part) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${escaped(part.name)}"${
        part.filename === undefined ? "" : `; filename="${escaped(part.filename)}"`
      }\r\ncontent-type: ${part.type ?? "application/octet-stream"}\r\n\r\n`,
    ),
    part.bytes,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

function parsePart(part: Buffer): Part {
  // A part without headers begins with the blank line itself.
  const blank = part.indexOf("\r\n\r\n");
  if (blank < 0) throw new BadBody("a part of the form has no headers");
  const headers = new Map<string, string>();
  for (const line of part.subarray(0, blank).toString("utf8").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  const name = parameter(disposition, "name");
  if (name === undefined) throw new BadBody("a part of the form has no name");
  return {
    name,
    filename: parameter(disposition, "filename"),
    type: headers.get("content-type")?.split(";")[0]?.trim().toLowerCase(),
    bytes: part.subarray(blank + 4),
  };
}

function parameter(disposition: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, "i").exec(disposition);
  const value = found?.[1]?.replace(/\\(["\\])/g, "$1") ?? found?.[2];
  // Browsers and fetch write these three as percent escapes, and nothing else.
  return value?.replace(/%22/g, '"').replace(/%0D/gi, "\r").replace(/%0A/gi, "\n");
}

function escaped(name: string): string {
  return name.replace(/"/g, "%22").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
