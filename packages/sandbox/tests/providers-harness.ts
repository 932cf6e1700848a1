import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type StandIns, startStandIns } from "../src/providers/index.ts";
import { Provider } from "./providers-engine.ts";

export const TOKEN = "cf-token-0123456789012345678901234567890123456789";

export interface Recorded {
  readonly call: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (request: Recorded, response: ServerResponse) => void;

/** A server that notes what it is asked and answers what the test says. */
class Recorder {
  readonly seen: Recorded[] = [];
  answers: Record<string, Answer> = {};
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get calls(): string[] {
    return this.seen.map(({ call }) => call);
  }

  last(): Recorded {
    const last = this.seen.at(-1);
    assert(last, "nothing was asked");
    return last;
  }

  reset(answers: Record<string, Answer>): void {
    this.seen.length = 0;
    this.answers = answers;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const recorded = { call: `${request.method} ${request.url}`, headers: request.headers, body };
    this.seen.push(recorded);
    const answer = this.answers[recorded.call] ?? status(404, { code: 404, message: "no such route" });
    answer(recorded, response);
  }
}

export function status(code: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

export const result = (value: unknown): Answer =>
  status(200, { success: true, errors: [], messages: [], result: value });
export const text =
  (body: string, contentType = "application/x-yaml"): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": contentType });
    response.end(body);
  };
export const notFound = status(404, {
  success: false,
  errors: [{ code: 10007, message: "This Worker does not exist" }],
  messages: [],
  result: null,
});

/** Both stand-ins, with the recorder for both APIs. */
export class Harness {
  readonly recorder = new Recorder();
  /** Of the process the stand-ins believe to be in. */
  environment: Record<string, string> = {};
  #standIns: StandIns | undefined;
  readonly #opened: Provider[] = [];

  async start(): Promise<void> {
    await this.recorder.start();
    this.environment = {
      CLOUDFLARE_BASE_URL: `${this.recorder.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: TOKEN,
      PULUMI_BACKEND_URL: this.recorder.url,
      PULUMI_ACCESS_TOKEN: "pul-token",
    };
    this.#standIns = await startStandIns({ environment: () => this.environment });
  }

  /** Before or after the start. Another `host` is another connection: grpc-js shares that of one target. */
  connect(name: "cloudflare" | "pulumiservice", host = "127.0.0.1"): Provider {
    return this.open(() => {
      const attached = this.#standIns?.env.PULUMI_DEBUG_PROVIDERS ?? "";
      return `${host}:${new RegExp(`${name}:(\\d+)`).exec(attached)?.[1]}`;
    });
  }

  open(address: () => string): Provider {
    const provider = new Provider(address);
    this.#opened.push(provider);
    return provider;
  }

  async close(): Promise<void> {
    for (const provider of this.#opened) provider.close();
    await this.#standIns?.close();
    this.recorder.stop();
  }
}

/** Within a `describe`: a harness for as long as it lasts, and a configured connection to one stand-in. */
export function serveConfigured(name: "cloudflare" | "pulumiservice") {
  const harness = new Harness();
  const provider = harness.connect(name);
  before(async () => {
    await harness.start();
    await provider.configure();
  });
  after(() => harness.close());
  return { recorder: harness.recorder, provider };
}
