import { randomBytes } from "node:crypto";

export interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** Written by hand: FormData gives every part that is not plain text a file name, and `metadata` must have none. */
export function multipart(parts: readonly Part[]): { contentType: string; body: Uint8Array<ArrayBuffer> } {
  const boundary = randomBytes(30).toString("hex");
  const pieces = parts.flatMap(({ name, filename, type, content }) => {
    const file = filename === undefined ? "" : `; filename="${quote(filename)}"`;
    const disposition = `Content-Disposition: form-data; name="${quote(name)}"${file}`;
    return [`--${boundary}\r\n${disposition}\r\nContent-Type: ${type}\r\n\r\n`, content, "\r\n"];
  });
  const bytes = [...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece));
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: new Uint8Array(Buffer.concat(bytes)),
  };
}

function quote(name: string): string {
  return name.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

/** The first part of a multipart body, or the whole of any other. */
export function firstPart(contentType: string, body: Buffer): Buffer {
  if (!/^multipart\//i.test(contentType)) return body;
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw new Error("failed parsing content-type: multipart without a boundary");
  const start = body.indexOf(`--${boundary}`);
  const headersEnd = body.indexOf("\r\n\r\n", start);
  const end = body.indexOf(`\r\n--${boundary}`, headersEnd);
  if (start < 0 || headersEnd < 0 || end < 0) throw new Error("failed to read response body: EOF");
  return body.subarray(headersEnd + 4, Math.max(end, headersEnd + 4));
}
