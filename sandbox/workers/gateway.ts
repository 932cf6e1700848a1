import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Destination, destinationOf, pickVersion } from "./address.ts";
import type { Lease } from "./pool.ts";
import type { LiveScript } from "./runtime.ts";

/** What the public port needs from the runtime. */
export interface Gateway {
  scripts(): ReadonlyMap<string, LiveScript>;
  lease(): Promise<Lease>;
  exception(script: string, stack: string): void;
  url(): string;
}

const HOP_BY_HOP = /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding)$/;
/** Ours, miniflare's, and what only Cloudflare's edge may set. */
const RESERVED = /^(x-sandbox-|mf-|cf-connecting-ip$)/;

/** Answers one request on the public port from the Worker it is meant for. */
export async function forward(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = resolve(gateway, request);
  if ("status" in target) {
    response.writeHead(target.status, { "content-type": target.type }).end(target.body);
    return;
  }
  try {
    const outgoing = await connect(gateway, target, request);
    response.once("close", () => outgoing.destroy());
    const answered = new Promise<IncomingMessage>((done, fail) => {
      outgoing.once("response", done).once("error", fail);
    });
    // A Worker may answer without reading the body; then the rest of it is of no interest.
    pipeline(request, outgoing).catch(() => undefined);
    const answer = await answered;
    const exception = answer.headers["x-sandbox-exception"];
    if (typeof exception === "string") {
      answer.resume();
      gateway.exception(target.name, Buffer.from(exception, "base64").toString("utf8"));
      response.writeHead(500, { "content-type": "text/plain; charset=UTF-8" }).end("error code: 1101");
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    await pipeline(answer, response);
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    response
      .writeHead(503, { "content-type": "text/plain; charset=UTF-8" })
      .end(`The sandbox's workerd does not answer: ${reason}\n`);
  }
}

/** WebSockets: once workerd agrees, both sides talk to each other directly. */
export async function upgrade(
  gateway: Gateway,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const target = resolve(gateway, request);
  if ("status" in target) {
    socket.end(`HTTP/1.1 ${target.status} Not Available\r\nconnection: close\r\n\r\n${target.body}`);
    return;
  }
  try {
    const outgoing = await connect(gateway, target, request, {
      connection: "Upgrade",
      upgrade: request.headers.upgrade,
    });
    outgoing.once("error", () => socket.destroy());
    outgoing.once("response", (answer) => {
      socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nconnection: close\r\n\r\n`);
      answer.pipe(socket);
    });
    outgoing.once("upgrade", (answer, far, first) => {
      const lines = pairs(answer.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
      socket.write(first);
      far.write(head);
      far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
      socket.on("close", () => far.destroy());
      far.pipe(socket).pipe(far);
    });
    outgoing.end();
  } catch {
    socket.destroy();
  }
}

interface Target {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function resolve(gateway: Gateway, request: IncomingMessage): Target | Refusal {
  const scripts = gateway.scripts();
  const known = [...scripts].map(([name, { enabled }]) => ({ name, enabled }));
  const destination = destinationOf(request.headers.host ?? "", request.url ?? "/", known);
  if (destination.kind !== "script") return refusal(destination, gateway.url());
  const version = pickVersion(scripts.get(destination.name)?.versions ?? [], Math.random());
  if (version === undefined) return text(404, `The Worker '${destination.name}' has no deployed version.\n`);
  if (version.unserved.length > 0) {
    return text(
      501,
      `The sandbox can't run the Worker '${destination.name}' yet: it has bindings of a type that is stored but not served: ${version.unserved.join(", ")}.\n`,
    );
  }
  return { name: destination.name, version: version.id, path: destination.path };
}

function refusal(destination: Exclude<Destination, { kind: "script" }>, url: string): Refusal {
  switch (destination.kind) {
    case "disabled":
      return text(
        404,
        `error code: 1042\nThe Worker '${destination.name}' is there, but its workers.dev address is switched off.\n`,
      );
    case "unknown-host":
      return text(404, `error code: 1042\nNo Worker has the address '${destination.host}'.\n`);
    case "unaddressed":
      return {
        status: 404,
        type: "application/json",
        body: JSON.stringify({
          error: destination.names.length === 0 ? "no Worker is uploaded yet" : "which Worker is meant?",
          workers: destination.names,
          address: [`${url}/NAME/`, `${url.replace("127.0.0.1", "NAME.localhost")}/`],
        }),
      };
  }
}

function text(status: number, body: string): Refusal {
  return { status, type: "text/plain; charset=UTF-8", body };
}

async function connect(
  gateway: Gateway,
  target: Target,
  request: IncomingMessage,
  extra: OutgoingHttpHeaders = {},
): Promise<ReturnType<typeof send>> {
  const { workerd, release } = await gateway.lease();
  const address = await workerd.address().catch((error: unknown) => {
    release();
    throw error;
  });
  const headers: string[] = pairs(request.rawHeaders)
    .filter(([name]) => !HOP_BY_HOP.test(name.toLowerCase()) && !RESERVED.test(name.toLowerCase()))
    .filter(([name]) => name.toLowerCase() !== "upgrade")
    .flat();
  const own = {
    ...workerd.headersFor(`${target.name}/${target.version}`),
    "cf-connecting-ip": request.socket.remoteAddress ?? "127.0.0.1",
    // Workers may rely on request.cf being an object, as it always is at Cloudflare.
    "mf-cf-blob": JSON.stringify({ httpProtocol: `HTTP/${request.httpVersion}` }),
    ...(request.headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" }),
    ...extra,
  };
  for (const [name, value] of Object.entries(own)) headers.push(name, String(value));
  try {
    const options = { method: request.method ?? "GET", path: target.path, headers };
    // A connection a request: workerd closes idle ones when it likes, and a reused one would lose that race.
    const outgoing = send(address, { ...options, agent: false });
    // A request that became a WebSocket is closed at once; what counts then is the connection.
    let upgraded = false;
    outgoing.once("upgrade", (_answer, far) => {
      upgraded = true;
      far.once("close", release);
    });
    return outgoing.once("close", () => {
      if (!upgraded) release();
    });
  } catch (error) {
    release();
    throw error;
  }
}

function endToEnd(raw: readonly string[]): string[] {
  return pairs(raw)
    .filter(([name]) => !HOP_BY_HOP.test(name.toLowerCase()))
    .flat();
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return found;
}
