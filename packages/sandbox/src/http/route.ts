import { gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { BadBody, readBody, tooLarge } from "./body.ts";
import { parseJsonText } from "./json-text.ts";

export { BadBody, BodyTooLarge } from "./body.ts";

/** What a handler is given: the decoded path parameters and the body, read at most once. */
export interface ApiRequest {
  readonly method: string;
  /** Path parameters, percent-decoded. A parameter that the route's path names is always there. */
  param(name: string): string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The body's bytes, gunzipped where `Content-Encoding` says so. */
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** The parsed JSON body; `undefined` for an empty one. Throws `BadBody` when it is not JSON. */
  json(): Promise<unknown>;
  /** The unread request, for multipart forms. */
  readonly raw: Request;
}

/** One operation of an API. A half's whole table of these is what the server mounts and what the docs list. */
export interface Route<Context> {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `:name` stands for one path segment. */
  readonly path: string;
  /** The operation's name in the API's own contract, else a plain verb and noun. */
  readonly operation: string;
  /**
   * What opens it, where that is not the caller's own token. Whatever it is, a half checks it before the handler, so before
   * anything of a body is read.
   */
  readonly credential?: "lease" | "upload" | "everyone";
  readonly handle: (request: ApiRequest, context: Context) => Promise<Response> | Response;
}

/** The largest body accepted, as sent and decompressed. The service's own clients send checkpoints of tens of MB. */
export const MAX_BODY_BYTES = 128 * 1024 * 1024;

/**
 * What a packed body may unpack to: states of thousands of like resources are packed to a sixtieth, while zeros alone are
 * packed to a thousandth, and 128 KB of them would be 128 MB.
 */
const MAX_RATIO = 100;
const ALWAYS_UNPACKED = 16 * 1024 * 1024;

/** How a half answers what no handler answered: faults, and paths that are not in its table. */
export interface HalfAnswers {
  notFound(request: Request): Response;
  fault(error: unknown, request: Request): Response;
}

/** Mounts a table of routes. HEAD falls back to GET of the same path, as HTTP says. */
export function mount<Context>(
  table: readonly Route<Context>[],
  context: Context,
  answers: HalfAnswers,
): Hono {
  const app = new Hono();
  for (const route of table) {
    // Hono looks HEAD requests up under GET, so a route of its own for HEAD has to stand there too.
    app.on(route.method === "HEAD" ? "GET" : route.method, route.path, (c) => {
      const request = apiRequest(c.req.raw, (name) => c.req.param(name));
      return route.handle(request, context);
    });
  }
  app.notFound((c) => answers.notFound(c.req.raw));
  app.onError((error, c) => answers.fault(error, c.req.raw));
  return app;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

export function empty(status = 204, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}

function apiRequest(raw: Request, find: (name: string) => string | undefined): ApiRequest {
  const bytes = async (): Promise<Uint8Array> => {
    const body = await readBody(raw, MAX_BODY_BYTES);
    if (!/^(x-)?gzip$/i.test(raw.headers.get("content-encoding") ?? "")) return body;
    const most = Math.min(MAX_BODY_BYTES, Math.max(ALWAYS_UNPACKED, MAX_RATIO * body.length));
    try {
      return gunzipSync(body, { maxOutputLength: most });
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge(most, body.length);
      throw new BadBody("the gzip body can't be unpacked");
    }
  };
  const text = async (): Promise<string> => new TextDecoder().decode(await bytes());
  return {
    method: raw.method,
    param(name) {
      const value = find(name);
      if (value === undefined) throw new Error(`the route's path has no parameter :${name}`);
      // No name has one, and the store ends a key's parts by one.
      if (hasControl(value)) throw new BadBody("the path has a control character");
      return value;
    },
    query: new URL(raw.url).searchParams,
    headers: raw.headers,
    bytes,
    text,
    async json() {
      const body = await text();
      if (body.trim() === "") return undefined;
      return parseJsonText(body);
    },
    raw,
  };
}
