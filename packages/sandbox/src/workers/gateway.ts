import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cronAnswer, cronRequest } from "./cron-door.ts";
import type { Lease, Running } from "./running.ts";
import type { CronOutcome } from "./runtime.ts";
import { type Addresses, type Refusal, type Target, targetOf, text } from "./target.ts";

/** What the public port needs from the runtime. */
export interface Gateway {
  addresses(): Addresses;
  /** A workerd that has the version. */
  lease(target: Target): Promise<Lease>;
  /** Under which id the version runs there. */
  idOf(target: Target): string;
  fireCron(script: string, cron: string | undefined, at: Date | undefined): Promise<CronOutcome>;
  exception(script: string, stack: string): void;
  /** Watches a request that waits for its answer; the returned call ends that. */
  watch(workerd: Running): () => void;
  /** Whether this one was ended because it hung. */
  hung(workerd: Running): boolean;
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
  let used: Running | undefined;
  let unwatch = () => {};
  try {
    const target = targetOf(
      gateway.addresses(),
      request.headers.host ?? "",
      request.url ?? "/",
      Math.random(),
    );
    if ("status" in target) return refuse(response, target);
    const cron = isLocal(request) ? cronRequest(target.path) : undefined;
    if (cron !== undefined) {
      if ("status" in cron) return refuse(response, cron);
      return refuse(response, cronAnswer(await gateway.fireCron(target.name, cron.cron, cron.at), cron));
    }
    const { outgoing, workerd } = await connect(gateway, target, request);
    used = workerd;
    unwatch = gateway.watch(workerd);
    outgoing.once("close", unwatch);
    response.once("close", () => outgoing.destroy());
    const answered = new Promise<IncomingMessage>((done, fail) => {
      outgoing.once("response", done).once("error", fail);
    });
    // A Worker may answer without reading the body; then the rest of it is of no interest.
    pipeline(request, outgoing).catch(() => undefined);
    const answer = await answered;
    unwatch();
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
    unwatch();
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const hung = used !== undefined && gateway.hung(used);
    refuse(response, hung ? HUNG : notAnswering(error));
  }
}

const HUNG = text(
  503,
  "error code: 1102\nA Worker kept workerd's only thread busy, so that no Worker got to answer. workerd was replaced.\n",
);

function notAnswering(error: unknown): Refusal {
  const reason = error instanceof Error ? error.message : String(error);
  return text(503, `The sandbox's workerd does not answer: ${reason}\n`);
}

function refuse(response: ServerResponse, { status, type, body }: Refusal): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

function isLocal({ socket }: IncomingMessage): boolean {
  return /^(::1|(::ffff:)?127\.)/.test(socket.remoteAddress ?? "");
}

/** WebSockets: once workerd agrees, both sides talk to each other directly. */
export async function upgrade(
  gateway: Gateway,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const target = targetOf(gateway.addresses(), request.headers.host ?? "", request.url ?? "/", Math.random());
  if ("status" in target) {
    socket.end(`HTTP/1.1 ${target.status} Not Available\r\nconnection: close\r\n\r\n${target.body}`);
    return;
  }
  try {
    const { outgoing, workerd } = await connect(gateway, target, request, {
      connection: "Upgrade",
      upgrade: request.headers.upgrade,
    });
    const unwatch = gateway.watch(workerd);
    outgoing.once("close", unwatch).once("error", () => socket.destroy());
    outgoing.once("response", (answer) => {
      unwatch();
      socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nconnection: close\r\n\r\n`);
      answer.pipe(socket);
    });
    outgoing.once("upgrade", (answer, far, first) => {
      unwatch();
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

interface Connection {
  readonly outgoing: ReturnType<typeof send>;
  readonly workerd: Running;
}

async function connect(
  gateway: Gateway,
  target: Target,
  request: IncomingMessage,
  extra: OutgoingHttpHeaders = {},
): Promise<Connection> {
  const { workerd, release } = await gateway.lease(target);
  const address = await workerd.address().catch((error: unknown) => {
    release();
    throw error;
  });
  const headers: string[] = pairs(request.rawHeaders)
    .filter(([name]) => !HOP_BY_HOP.test(name.toLowerCase()) && !RESERVED.test(name.toLowerCase()))
    .filter(([name]) => name.toLowerCase() !== "upgrade")
    .flat();
  const own = {
    ...workerd.headersFor(gateway.idOf(target)),
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
    outgoing.once("close", () => {
      if (!upgraded) release();
    });
    return { outgoing, workerd };
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
