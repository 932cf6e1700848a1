import type { DeployedBinding } from "../../../api/cloudflare-deployed.ts";
import type { ConfigBinding } from "../../../compile/wrangler/bindings.ts";
import { bindingsOf } from "../../../program/bindings.ts";
import type { ResourceSource } from "../../../program/worker-entries.ts";
import { shownAs, snakeCased } from "./shown-as.ts";

/** What a binding's meaning depends on besides the wrangler file. */
export interface Around {
  /** What the stack's config says stands behind it. */
  readonly source: ResourceSource | undefined;
  /** The script in the account that a Worker's name in the file means. */
  readonly scriptOf: (wranglerName: string) => string;
  /** The script that has the binding. */
  readonly scriptName: string;
}

/**
 * Fields that a binding may have or not; the API leaves them out where they are not set. Every other field is the
 * binding's target: the API may show it by another name or not at all, and then it is not compared.
 */
const OPTIONAL = [
  "entrypoint",
  "script_name",
  "jurisdiction",
  "delivery_delay",
  "destination_address",
  "allowed_destination_addresses",
  "allowed_sender_addresses",
  "outbound",
  "props",
];

/** Stands for a value that only the engine will know. */
const UNKNOWN = "\0unknown";

/**
 * The fields by which a binding that the Worker has leads to something else than the one that the first `up` would
 * send: that very binding is built, and compared field by field.
 */
export function pointsElsewhere(
  has: DeployedBinding,
  declared: ConfigBinding,
  { source, scriptOf, scriptName }: Around,
): string[] {
  if (source?.from === "declare") return ["a new resource that the stack declares"];
  const later = source?.from === "output" || source?.from === "program";
  const id = source?.from === "id" ? source.id : later ? UNKNOWN : undefined;
  const [sent = {}] = bindingsOf({
    worker: { vars: {}, bindings: [declared] },
    secrets: new Map(),
    externalSecrets: [],
    references: new Map(id === undefined ? [] : [[declared.name, id]]),
    scriptOf,
  });
  const [before, after] = [oneForm(has, scriptName), oneForm(snakeCased(sent), scriptName)];
  return [...new Set([...Object.keys(after), ...OPTIONAL])].flatMap((field) => {
    const [now, will] = [before[field], after[field]];
    if (will === UNKNOWN || (now === undefined && !OPTIONAL.includes(field))) return [];
    const [shownNow, shownWill] = [now, will].map((value) => (value === undefined ? "none" : shownAs(value)));
    return shownNow === shownWill ? [] : [`${field} ${shownNow} → ${shownWill}`];
  });
}

/** A binding's own fields without what two spellings of the same differ in. */
function oneForm(binding: unknown, scriptName: string): Readonly<Record<string, unknown>> {
  const { name: _, type, ...fields } = binding as Record<string, unknown>;
  const found = Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    if (value === undefined || value === null || value === "") return [];
    // A class of the script's own may be shown with the script's name or without it.
    if (key === "script_name" && value === scriptName) return [];
    if (key === "database_id" && type === "d1") return [["id", value]];
    if (key === "outbound") return [[key, outbound(value)]];
    return [[key, Array.isArray(value) ? [...value].sort() : value]];
  });
  return Object.fromEntries(found);
}

/** Parameters are texts to the provider, and objects with a name to the API. */
function outbound(value: unknown): unknown {
  const { worker, params } = value as { readonly worker?: unknown; readonly params?: unknown };
  const { environment: _, ...target } = (worker ?? {}) as Record<string, unknown>;
  const names = (Array.isArray(params) ? (params as unknown[]) : []).map((param) =>
    typeof param === "object" && param !== null && "name" in param ? param.name : param,
  );
  return { worker: target, params: names };
}
