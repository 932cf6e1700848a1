import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import * as v from "valibot";
import { oneLine } from "../../visible.ts";

/** An answer of one of the two APIs by which a provider could not do a step of an operation. */
export interface Refusal {
  readonly api: "Cloudflare" | "Pulumi Cloud";
  /** `create`, `update`, `delete` or `read`. */
  readonly step: string;
  /** `WorkersCronTrigger 'sample-dev-cron' of Worker 'sample-dev'`. */
  readonly resource: string;
  /** The last part of the resource's type token. */
  readonly type: string;
  /** HTTP status. */
  readonly status: number;
  /** What the API says. Pulumi Cloud has no codes of its own. */
  readonly errors: readonly { readonly code?: number; readonly message: string }[];
}

/**
 * The API answers that ended an operation, read from the engine's events: one for each resource, though the real plugin reports
 * each twice, as a log line and as the error of the step. Pure.
 */
export function apiRefusals(events: readonly EngineEvent[]): readonly Refusal[] {
  const steps = new Map<string, Metadata>();
  for (const { resourcePreEvent, resOpFailedEvent } of events) {
    const metadata = resOpFailedEvent?.metadata ?? resourcePreEvent?.metadata;
    if (metadata !== undefined) steps.set(metadata.urn, metadata);
  }
  const refusals = new Map<string, Refusal>();
  for (const { diagnosticEvent: event } of events) {
    if (event?.severity !== "error" || event.urn === undefined || refusals.has(event.urn)) continue;
    const answer = answerIn(withoutColors(event.message));
    if (answer === undefined) continue;
    refusals.set(event.urn, { ...answer, ...stepOf(event.urn, steps.get(event.urn)) });
  }
  return [...refusals.values()];
}

/** The reason, a line for each refusal, and what to do about each. `undefined` where no API refused anything. */
export function describeRefusals(
  refusals: readonly Refusal[],
): { readonly reason: string; readonly next: string } | undefined {
  if (refusals.length === 0) return undefined;
  const lines = refusals.map(({ api, step, resource, status, errors }) => {
    const said = errors.map(
      ({ code, message }) => `${message}${code === undefined ? "" : ` (code ${code})`}`,
    );
    return `${api} refused to ${step} ${resource}: HTTP ${status}${said.length === 0 ? "" : `, ${said.join("; ")}`}`;
  });
  const advice = [...new Set(refusals.map(adviceFor))];
  return {
    reason: lines.join("\n"),
    next: [...advice, "Then run the same command again: it goes on from there."].join("\n"),
  };
}

/** Whether a diagnostic of the engine only repeats one of these refusals, or says that the operation failed by it. */
export function repeatsRefusal(message: string): boolean {
  const text = withoutColors(message).trim();
  return answerIn(text) !== undefined || text === "update failed" || text === "preview failed";
}

/** Whether a diagnostic reports an answer of 4xx, which says that nothing was done. After another one that is not known. */
export function isRefusal(message: string): boolean {
  const status = answerIn(withoutColors(message))?.status ?? 0;
  return status >= 400 && status < 500 && status !== 408;
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];
type Answer = Pick<Refusal, "api" | "status" | "errors">;

/** As the Go clients of the two plugins word an answer; the body follows it to the end of the text, or of its JSON. */
const CLOUDFLARE = /\b(?:GET|POST|PUT|PATCH|DELETE) "[^"\s]+": ([45]\d\d)\b[^{]*/;
const PULUMI = [/\brest: [A-Z]+ \S+ returned ([45]\d\d): */, /\b([45]\d\d) API error: */];
const LONGEST_MESSAGE = 300;

function answerIn(text: string): Answer | undefined {
  const cloudflare = CLOUDFLARE.exec(text);
  if (cloudflare !== null) {
    const body = jsonIn(text.slice(cloudflare.index + cloudflare[0].length));
    return { api: "Cloudflare", status: Number(cloudflare[1]), errors: cloudflareErrors(body) };
  }
  for (const pattern of PULUMI) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const rest = text.slice(found.index + found[0].length);
    const message = v.safeParse(v.object({ message: v.string() }), jsonIn(rest));
    return {
      api: "Pulumi Cloud",
      status: Number(found[1]),
      errors: [{ message: shortLine(message.success ? message.output.message : rest) }],
    };
  }
  return undefined;
}

const CLOUDFLARE_BODY = v.object({
  errors: v.array(v.object({ code: v.optional(v.number()), message: v.optional(v.string(), "") })),
});

function cloudflareErrors(body: unknown): Refusal["errors"] {
  const parsed = v.safeParse(CLOUDFLARE_BODY, body);
  if (!parsed.success) return [];
  return parsed.output.errors.map(({ code, message }) => ({
    ...(code === undefined ? {} : { code }),
    message: shortLine(message),
  }));
}

/** The JSON at the beginning of the text, whatever follows it. */
function jsonIn(text: string): unknown {
  for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}", end + 1)) {
    try {
      return JSON.parse(text.slice(0, end + 1));
    } catch {
      // The brace is inside the object, or inside a text.
    }
  }
  return undefined;
}

/** A service's text is printed: one line, and not without end. */
function shortLine(text: string): string {
  return oneLine(text.replace(/\s+/g, " ").trim(), LONGEST_MESSAGE);
}

function withoutColors(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "");
}

function stepOf(urn: string, metadata: Metadata | undefined): Pick<Refusal, "step" | "resource" | "type"> {
  const token = metadata?.type ?? urn.split("::")[2]?.split("$").at(-1) ?? "";
  const type = token.split(":").at(-1) ?? token;
  const inputs: Readonly<Record<string, unknown>> = (metadata?.new ?? metadata?.old)?.inputs ?? {};
  const name = urn.split("::").at(-1) ?? urn;
  const step = STEPS.find((known) => metadata?.op.startsWith(known)) ?? "read";
  const worker = [inputs.scriptName, inputs.service, inputs.script].find(
    (value) => typeof value === "string",
  );
  if (type === "WorkersScript") return { step, type, resource: `Worker '${worker ?? name}'` };
  return { step, type, resource: `${type} '${name}'${worker === undefined ? "" : ` of Worker '${worker}'`}` };
}

/** A replacement creates, and deletes what it replaces. */
const STEPS = ["create", "update", "delete"] as const;

/** The edit or command for a refusal: by its status where that says enough, else by the resource. */
function adviceFor({ api, status, type }: Refusal): string {
  if (status === 401 || status === 403) {
    return api === "Cloudflare"
      ? "The token may not do this: npx worker-secrets doctor names the permission that it lacks."
      : "The access token may not do this: pulumi login as somebody who may, or ask for the permission.";
  }
  if (status === 408 || status === 409 || status === 429 || status >= 500)
    return `${api} could not do it now: wait a moment.`;
  return ADVICE[type] ?? "Fix what it names in the stack's config or in the Worker's wrangler file.";
}

const ADVICE: Readonly<Record<string, string>> = {
  WorkersScript: "Fix the Worker's code or bindings, in its wrangler file or in what that names.",
  WorkersCronTrigger: "Fix 'triggers.crons' in the Worker's wrangler file.",
  WorkersCustomDomain:
    "Fix 'routes' in the Worker's wrangler file: a custom domain has to be in a zone of this account, without a DNS record of its own.",
  WorkersRoute:
    "Fix 'routes' in the Worker's wrangler file: the pattern has to be in a zone of this account, and no other Worker's.",
  QueueConsumer: "Fix 'queues.consumers' in the Worker's wrangler file.",
  Workflow: "Fix 'workflows' in the Worker's wrangler file.",
};
