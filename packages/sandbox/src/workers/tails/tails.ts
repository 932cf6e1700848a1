import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { passes, type TailFilter } from "./filters.ts";
import { masking } from "./masking.ts";

/** A live tail of one Worker. */
export interface Tail {
  /** Also what opens it: whoever knows the id may listen, so it is not to be guessed. */
  readonly id: string;
  /** `ws://…`: a WebSocket that speaks `trace-v1` is told of each invocation. */
  readonly url: string;
  readonly expiresAt: Date;
}

/** As Cloudflare has it: a tail that nobody renews ends after some hours. */
const LIFE_MS = 6 * 60 * 60 * 1000;
const PROTOCOL = "trace-v1";
const PATH = "/cdn-cgi/tail/";

interface Session extends Tail {
  readonly script: string;
  readonly filters: readonly TailFilter[];
  readonly sockets: Set<WebSocket>;
}

/**
 * The live tails of all Workers. They live in memory: a sandbox that is started again has none, and a client that still wants
 * one makes it anew.
 */
export class Tails {
  readonly #sessions = new Map<string, Session>();
  readonly #server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  readonly #url: string;
  readonly #changed: () => void;
  readonly #lingerMs: number;

  /** `url` is the Workers port's; `changed` is called when another set of Workers is listened to. */
  constructor(url: string, changed: () => void, lingerMs = 10_000) {
    this.#url = url;
    this.#changed = changed;
    this.#lingerMs = lingerMs;
  }

  open(script: string, filters: readonly TailFilter[]): Tail {
    const id = randomUUID();
    const url = `${this.#url.replace(/^http/, "ws")}${PATH}${id}`;
    const expiresAt = new Date(Date.now() + LIFE_MS);
    this.#sessions.set(id, { id, url, expiresAt, script, filters, sockets: new Set() });
    this.#changed();
    return { id, url, expiresAt };
  }

  of(script: string): readonly Tail[] {
    this.#expire();
    return [...this.#sessions.values()].filter((one) => one.script === script);
  }

  /** Whether there was such a tail of that script. */
  end(script: string, id: string): boolean {
    const session = this.#sessions.get(id);
    if (session?.script !== script) return false;
    this.#sessions.delete(id);
    for (const socket of session.sockets) socket.close(1000);
    this.#changed();
    return true;
  }

  listened(script: string): boolean {
    return this.of(script).length > 0;
  }

  /** What workerd told of a Worker's invocations, each in the form in which a tail gets it. */
  tell(script: string, events: readonly unknown[]): void {
    for (const session of this.#sessions.values()) {
      if (session.script !== script) continue;
      for (const event of events) {
        if (!passes(session.filters, event, Math.random())) continue;
        for (const socket of session.sockets) socket.send(JSON.stringify(event));
      }
    }
  }

  /** Takes a WebSocket that is for a tail; `false` for any other. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = request.url ?? "";
    if (!path.startsWith(PATH)) return false;
    this.#expire();
    const session = this.#sessions.get(path.slice(PATH.length));
    if (session === undefined) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
      return true;
    }
    const masked = masking();
    masked.write(head);
    socket.pipe(masked);
    const client = Duplex.from({ readable: masked, writable: socket });
    this.#server.handleUpgrade(request, client, Buffer.alloc(0), (listener) => {
      session.sockets.add(listener);
      listener.on("close", () => this.#left(session, listener)).on("error", () => listener.terminate());
    });
    return true;
  }

  close(): void {
    for (const { sockets } of this.#sessions.values()) for (const socket of sockets) socket.terminate();
    this.#sessions.clear();
    this.#server.close();
  }

  /** A client that goes without a word leaves nothing behind; one that deletes its tail next finds it. */
  #left(session: Session, listener: WebSocket): void {
    session.sockets.delete(listener);
    const end = () => {
      if (session.sockets.size === 0) this.end(session.script, session.id);
    };
    setTimeout(end, this.#lingerMs).unref();
  }

  #expire(): void {
    for (const { script, id, expiresAt } of this.#sessions.values())
      if (expiresAt.getTime() <= Date.now()) this.end(script, id);
  }
}
