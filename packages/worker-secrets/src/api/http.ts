import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { oneLine } from "../visible.ts";
import { AnswerTooLarge, boundedText, isTooDeep } from "./bounded.ts";
import { Credential, credentialFault } from "./credential.ts";
import { type Change, noteEffect } from "./effects.ts";
import { worldFault } from "./worlds.ts";

/**
 * A remote API said no, or could not be reached. Its message is the service's own, on one line, without what a terminal or a CI
 * runner would act on, and not without end.
 */
export class ServiceError extends Error {
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  /** The service's own code: Cloudflare's 10007, Pulumi Cloud's 404. 0 when it gave none. */
  readonly code: number;

  constructor(message: string, status: number, code: number) {
    super(oneLine(message));
    this.name = "ServiceError";
    this.status = status;
    this.code = code;
  }
}

/** Nothing listens there. */
export class ConnectionRefused extends ServiceError {
  readonly url: string;

  constructor(message: string, url: string) {
    super(message, 0, 0);
    this.url = url;
  }
}

interface CallOf<Method> {
  readonly method: Method;
  readonly url: string;
  readonly headers?: {
    /** Never a text, which could be printed. */
    readonly authorization?: Credential;
    readonly [name: string]: string | Credential | undefined;
  };
  readonly body?: string;
  /** Whether it may be sent again when it may have had its effect already. Default: only for GET, PUT and DELETE. */
  readonly repeatable?: boolean;
}

/** A call that changes nothing. One by another method than GET has to say so. */
export type ReadCall = CallOf<"GET"> | (CallOf<"POST"> & { readonly reads: true });
/** A call that changes something. */
export type WriteCall = CallOf<"POST" | "PUT" | "PATCH" | "DELETE">;

/** What a write changes, and how to find out whether it did. */
export interface Write {
  /** What is changed once the service has taken the call. `undefined`: nothing, as with a deletion of what is gone. */
  readonly change: (answer: Answer) => Change | undefined;
  /** Whether it took place, read back; for a write whose answer was lost. `undefined` where nobody can tell. */
  readonly happened: () => Promise<Change | false | undefined>;
  /** What is said where that can't be found out. */
  readonly unknown: { readonly place: string; readonly what: string; readonly look: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `METHOD path` of the call, for messages. */
  readonly call: string;
  /** How often it was sent: after a second time, an effect may be its own earlier one's. */
  readonly attempts: number;
}

const ATTEMPTS = 4;
const ATTEMPT_MS = 30_000;
const LONGEST_WAIT_MS = 30_000;

let interrupted: AbortSignal | undefined;

/**
 * From when `signal` is aborted, this process's calls end at once where nothing is lost by it: reads, and the waits before
 * another attempt. A write that is on its way is waited for, so that it is known what came of it.
 */
export function endReadsOn(signal: AbortSignal): void {
  interrupted = signal;
}

/** Sends a call that changes nothing; see `transmit`. */
export function send(call: ReadCall): Promise<Answer> {
  return transmit(call, { inDoubt: false });
}

/**
 * Sends a call that changes something (see `transmit`) and notes what came of it in the run's journal. Where the answer was
 * lost, or is none of the API's, the service is asked what is so: a write that took place is `done`, whatever its answer
 * was. One that did not throws, or gives the answer that refused it; one that nobody can tell of is noted as unknown.
 */
export async function sendWrite(call: WriteCall, write: Write): Promise<Answer | "done"> {
  const trace = { inDoubt: false };
  const ended = await transmit(call, trace).then(
    (answer) => ({ answer, error: undefined }),
    (error: unknown) => ({ answer: undefined, error }),
  );
  const { answer } = ended;
  if (answer !== undefined && answer.status < 400 && isOfApi(answer)) {
    const change = write.change(answer);
    if (change !== undefined) noteEffect(change);
    return answer;
  }
  if (trace.inDoubt || (answer !== undefined && answer.status < 400)) {
    const happened = await evenInterrupted(write.happened).catch(() => undefined);
    if (happened === undefined) noteEffect({ kind: "unknown", ...write.unknown });
    else if (happened !== false) {
      noteEffect(happened);
      return "done";
    }
  }
  if (answer === undefined) throw ended.error;
  return answer;
}

/** Both APIs answer a write with JSON or nothing; a proxy's page says nothing of what the service did. */
function isOfApi({ text }: Answer): boolean {
  return text.trim() === "" || parseJson(text) !== undefined;
}

/** Set for reads that an interruption does not end: what came of a write has to be found out all the same. */
const reading = new AsyncLocalStorage<true>();

/** Runs reads that an interruption does not end; once it came, each is tried once. */
export function evenInterrupted<T>(work: () => Promise<T>): Promise<T> {
  return reading.run(true, work);
}

/**
 * Sends a call with bounded time per attempt. Repeatable ones are repeated on 5xx and lost connections, all of them on
 * 429, which says that nothing was done; with jittered back-off from 0.5 s, or after the time that `Retry-After` names.
 * A longer time than 30 s is not waited for. Other answers come back as they are.
 * A call that would take a token of one world to the other is not sent; whoever calls has said so better by then.
 * `trace.inDoubt` is set once an attempt may have had its effect without an answer that says so.
 */
async function transmit(call: ReadCall | WriteCall, trace: { inDoubt: boolean }): Promise<Answer> {
  const isRead = call.method === "GET" || "reads" in call;
  const repeatable =
    call.repeatable ?? (call.method === "GET" || call.method === "PUT" || call.method === "DELETE");
  const despite = reading.getStore() === true;
  const stop = call.method === "GET" && !despite ? interrupted : undefined;
  const headers = headersOf(call);
  const name = `${call.method} ${new URL(call.url).pathname}`;
  for (let attempt = 1; ; attempt++) {
    stop?.throwIfAborted();
    const last = attempt === ATTEMPTS || (despite && interrupted?.aborted === true);
    let wait = 500 * 2 ** (attempt - 1) * (0.5 + Math.random());
    try {
      const response = await fetch(call.url, {
        method: call.method,
        headers,
        ...(call.body === undefined ? {} : { body: call.body }),
        redirect: "error", // a redirect could carry the token to another host
        signal: AbortSignal.any([AbortSignal.timeout(ATTEMPT_MS), ...(stop === undefined ? [] : [stop])]),
      });
      const { status, headers: answered } = response;
      if (!isRead && status >= 500) trace.inDoubt = true;
      const text = await boundedText(response);
      const again = status === 429 || (status >= 500 && repeatable);
      const told = retryAfter(answered.get("retry-after"), Date.now());
      if (!again || last || (told ?? 0) > LONGEST_WAIT_MS)
        return { status, headers: answered, text, call: name, attempts: attempt };
      // Not all at the very moment that they were told.
      if (told !== undefined) wait = told + 250 * Math.random();
    } catch (error) {
      stop?.throwIfAborted();
      const why = cause(error);
      if (!isRead && !NEVER_SENT.includes(why)) trace.inDoubt = true;
      if (last || !repeatable || error instanceof AnswerTooLarge) {
        const message = `${name} got no answer from ${new URL(call.url).host}: ${why}`;
        throw why === "ECONNREFUSED"
          ? new ConnectionRefused(message, call.url)
          : new ServiceError(message, 0, 0);
      }
    }
    await sleep(wait, undefined, interrupted === undefined || despite ? {} : { signal: interrupted });
  }
}

/** The headers of a call. Nothing is sent with a token of the other world, or with one that no header can hold. */
function headersOf({ url, headers = {} }: ReadCall | WriteCall): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const secret = value instanceof Credential ? value.reveal() : "";
    const wrong =
      value instanceof Credential ? (credentialFault(secret) ?? worldFault(secret, url)) : undefined;
    if (wrong !== undefined) throw new ServiceError(`the token was not sent: ${wrong}`, 0, 0);
    if (value !== undefined) shown[name] = value instanceof Credential ? `${value.scheme} ${secret}` : value;
  }
  return shown;
}

/** No connection came about, so the service can't have seen the call. */
const NEVER_SENT: readonly string[] = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
];

/** Whether the service could not do it now, and the same call may well succeed later: no answer, 429, 5xx. */
export function isPassing({ status }: Pick<ServiceError, "status">): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** For an answer that says so: what was asked for, and what came of it. `message`: the service's own words. */
export function passing(
  service: string,
  { call, status, attempts, headers }: Answer,
  message: string,
): string {
  const tried = attempts === 1 ? "" : `, tried ${attempts} times`;
  const after = status === 429 ? headers.get("retry-after") : null;
  const later =
    after === null ? "" : `; it asks to come back after ${after}${/^\d+$/.test(after) ? " s" : ""}`;
  return `${service} could not serve ${call} (${status}${tried}): ${message}${later}`;
}

/**
 * The value in the form that the API has; something between here and the service may answer anything. The error names the
 * place in it and what belongs there, never what was found: that can be a secret.
 */
export function shaped<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  service: "Pulumi Cloud" | "Cloudflare" | "GitHub",
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const place = v.getDotPath(issue) ?? "the whole";
  throw new ServiceError(
    `${service} answered with something that is not its API's form (${place}: ${issue.expected ?? issue.type} expected)`,
    200,
    0,
  );
}

/** Milliseconds to wait, from a `Retry-After` header in either of its forms. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Of errors without a code, those that repeat nothing. */
const FIXED_MESSAGES: readonly string[] = ["bad port", "unexpected redirect"];

/** Why there was no answer: the system's or the library's code. Messages of libraries repeat what they were given. */
export function cause(error: unknown): string {
  if (error instanceof AnswerTooLarge) return error.message;
  if (!(error instanceof Error)) return "an unknown error";
  if (error.name === "TimeoutError") return `nothing within ${ATTEMPT_MS / 1000} s`;
  const inner = error.cause;
  if (inner instanceof AnswerTooLarge) return inner.message;
  if (inner instanceof Error && "code" in inner) return String(inner.code);
  if (inner instanceof Error && FIXED_MESSAGES.includes(inner.message)) return inner.message;
  return "code" in error ? String(error.code) : error.name;
}

/** As many pages as no list of ours has: a service that says "more" for ever must not keep the run. */
export const MOST_PAGES = 100;

/** A list that does not end. What was read of it is no answer: the rest may hold what is looked for. */
export function endless(service: "Pulumi Cloud" | "Cloudflare" | "GitHub", what: string): ServiceError {
  return new ServiceError(`${service} gives more than ${MOST_PAGES} pages of ${what}`, 200, 0);
}

/** The JSON of an answer's text, `undefined` where it is none: a proxy on the way may answer anything. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
