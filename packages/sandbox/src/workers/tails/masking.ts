import { Transform } from "node:stream";

const MASKED = 0x80;
const NO_MASK = Buffer.alloc(4);

/**
 * What a WebSocket client sends, every frame masked. wrangler 4.164 sends its first message to a tail without a mask, which
 * RFC 6455 (5.1) forbids, Cloudflare takes, and `ws` ends the connection for. Such a frame gets a mask of zeros, which
 * leaves its bytes as they are.
 */
export function masking(): Transform {
  let waiting: Buffer = Buffer.alloc(0);
  /** Of the frame under way, how much of its payload is still to come. */
  let payload = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      for (;;) {
        if (payload > 0) {
          const part = waiting.subarray(0, payload);
          this.push(Buffer.from(part));
          payload -= part.length;
          waiting = waiting.subarray(part.length);
          if (payload > 0) break;
        }
        const header = headerOf(waiting);
        if (header === undefined) break;
        const bytes = Buffer.from(waiting.subarray(0, header.length));
        const second = bytes[1] ?? 0;
        bytes[1] = second | MASKED;
        this.push((second & MASKED) === 0 ? Buffer.concat([bytes, NO_MASK]) : bytes);
        payload = header.payload;
        waiting = waiting.subarray(header.length);
      }
      done();
    },
  });
}

/** The length of a frame's header, its mask included, and of its payload; `undefined` until all of it is there. */
function headerOf(bytes: Buffer): { length: number; payload: number } | undefined {
  const second = bytes[1];
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const length = 2 + extended + ((second & MASKED) === 0 ? 0 : 4);
  if (bytes.length < length) return undefined;
  if (extended === 0) return { length, payload: short };
  return { length, payload: extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)) };
}
