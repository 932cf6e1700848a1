import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Fault, type FaultDecider, type FaultPlan, faultDecider } from "./fault-plan.ts";
import { json } from "./route.ts";

/** Of Node's own end of the connection, what a fault needs. */
interface Outgoing {
  readonly socket: Socket | null;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  write(chunk: Uint8Array, callback: () => void): unknown;
}

/** What the server gives beside the request. */
export interface Connection {
  readonly outgoing: Outgoing;
}

type Answers = (request: Request) => Response | Promise<Response>;

/** One call that a fault hit. */
export interface Hit {
  /** In capitals. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Which fault it was. */
  readonly kind: Fault["kind"];
}

/** The server with faults that can be switched on and off while it runs. */
export interface Faulty {
  fetch(request: Request, connection: Connection): Response | Promise<Response>;
  /** From the next call on; `undefined`: nothing goes wrong. */
  use(plan: FaultPlan | undefined): void;
  /** Since the last `use`. */
  hits(): readonly Hit[];
}

/** `answers` is asked only where the fault lets a call have its effect. */
export function faulty(answers: Answers, plan?: FaultPlan): Faulty {
  let decide: FaultDecider | undefined;
  let hits: Hit[] = [];
  const use = (given: FaultPlan | undefined) => {
    decide = given === undefined ? undefined : faultDecider(given);
    hits = [];
  };
  use(plan);
  return {
    use,
    hits: () => hits,
    fetch(request, connection) {
      const { pathname } = new URL(request.url);
      const fault = decide?.(request.method, pathname);
      if (fault === undefined) return answers(request);
      hits.push({ method: request.method, path: pathname, kind: fault.kind });
      return meet(fault, pathname.startsWith("/client/v4/"), () => answers(request), connection);
    },
  };
}

async function meet(
  fault: Fault,
  cloudflare: boolean,
  answer: () => Response | Promise<Response>,
  { outgoing }: Connection,
): Promise<Response> {
  switch (fault.kind) {
    case "latency":
      await pause(fault.milliseconds);
      return answer();
    case "429": {
      const headers = { "retry-after": String(fault.retryAfter) };
      return refusal(cloudflare, 429, 971, "Please wait and consider throttling your request speed", headers);
    }
    case "500":
      return refusal(cloudflare, 500, 10013, "An unknown error has occurred.");
    case "502":
      return page(502, "Bad Gateway");
    case "503":
      return refusal(cloudflare, 503, 10013, "The service is temporarily unavailable.");
    case "409":
      return refusal(cloudflare, 409, 10035, "Conflict: it is being changed by somebody else.");
    case "expired-token":
      return cloudflare
        ? refusal(cloudflare, 401, 10000, "Authentication error")
        : refusal(cloudflare, 401, 401, "Unauthorized: No credentials provided or are invalid.");
    case "reset-before":
      return reset(outgoing);
    case "reset-after":
      await answer();
      return reset(outgoing);
    case "truncated":
      return cutOff(await answer(), outgoing);
    case "wrong-json":
      return json((await answer()).status, { unexpected: ["of no form that the API has"] });
    case "not-json":
      return page((await answer()).status, "It works!");
  }
}

/** In the form of the API that was asked. */
function refusal(
  cloudflare: boolean,
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const body = cloudflare
    ? { success: false, errors: [{ code, message }], messages: [], result: null }
    : { code: status, message };
  return json(status, body, headers);
}

/** What something between client and service answers. */
function page(status: number, title: string): Response {
  // A body would not be sent with 204.
  return new Response(`<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`, {
    status: status === 204 || status === 304 ? 200 : status,
    headers: { "content-type": "text/html" },
  });
}

function reset(outgoing: Outgoing): Response {
  outgoing.socket?.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Promises the whole body and sends half of it; one without a body loses its connection. */
async function cutOff(response: Response, outgoing: Outgoing): Promise<Response> {
  const body = Buffer.from(await response.arrayBuffer());
  if (body.length === 0) return reset(outgoing);
  const headers = Object.fromEntries(response.headers);
  outgoing.writeHead(response.status, { ...headers, "content-length": body.length });
  await new Promise<void>((resolve) => {
    outgoing.write(body.subarray(0, body.length >> 1), () => resolve());
  });
  outgoing.socket?.destroySoon();
  return RESPONSE_ALREADY_SENT;
}
