/** The body can't be read as what the operation takes. Each half answers it with 400 in its own form. */
export class BadBody extends Error {}

/** There is more of the body than is taken. Each half answers it with 413 in its own form. */
export class BodyTooLarge extends BadBody {}

/** Reads a body, and not further than the limit: what a client sends must not fill this process's memory. */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    if (Number(announced) > limit) throw tooLarge(limit);
    // The server reads no further than was announced.
    return new Uint8Array(await request.arrayBuffer());
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `packed`: of so many bytes, which were to be unpacked. */
export function tooLarge(limit: number, packed?: number): BodyTooLarge {
  const what = packed === undefined ? "the body" : `the unpacked body (${packed} bytes as sent)`;
  return new BodyTooLarge(`${what} is over ${limit} bytes`);
}
