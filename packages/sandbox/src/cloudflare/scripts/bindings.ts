import type { Json } from "../../store/store.ts";
import type { ApiError } from "../envelope.ts";
import type { StoredBinding } from "../model.ts";
import { fieldFaults, type SentBinding } from "./binding-types.ts";

/** A binding whose secret fields are still in clear. */
export interface OpenBinding {
  readonly name: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly secret?: Readonly<Record<string, Json>>;
}

/** One that was just sent, or one that is taken over as it is stored. */
export type ResolvedBinding = { readonly sent: OpenBinding } | { readonly kept: StoredBinding };

export interface BindingRequest {
  readonly sent: readonly SentBinding[];
  /** The types of which everything stored is kept. */
  readonly keep: readonly string[];
  /** The bindings of the script's newest version. */
  readonly previous: readonly StoredBinding[];
  /** Whether an `inherit` that finds nothing is an error, rather than no binding. */
  readonly strict: boolean;
  /** The bindings of an older version, for an `inherit` that names one. */
  readonly versionBindings: (versionId: string) => readonly StoredBinding[] | undefined;
}

export interface BindingResult {
  readonly bindings: readonly ResolvedBinding[];
  /** Everything that is wrong, not only the first thing. */
  readonly faults: readonly ApiError[];
}

/** "5 KB", which Cloudflare does not define further. */
const MAX_VALUE_BYTES = 5 * 1024;
/** On the paid plan; the free one has 64. */
const MAX_VARIABLES = 128;

/** Never answered, never stored in clear. */
const SECRET_FIELDS: Readonly<Record<string, readonly string[]>> = {
  secret_text: ["text"],
  secret_key: ["key_base64", "key_jwk"],
};

/** The whole binding set of a new version: what is sent, plus what is kept. Whatever else there was is gone. */
export function resolveBindings(request: BindingRequest): BindingResult {
  const faults: ApiError[] = [];
  const bindings: ResolvedBinding[] = [];
  const taken = new Set<string>();
  for (const [at, sent] of request.sent.entries()) {
    const name = sent.name;
    if (typeof name !== "string" || name === "") {
      faults.push({ code: 10052, message: `Binding ${at + 1} has no name` });
      continue;
    }
    faults.push(...nameFaults(name));
    if (taken.has(name)) faults.push(nameTaken(name));
    taken.add(name);
    const type = String(sent.type).toLowerCase();
    if (type === "inherit") {
      const found = inherited(sent, name, request);
      if (found !== undefined) bindings.push({ kept: { ...found, name } });
      // wrangler reads the name out of exactly this text.
      else if (request.strict) faults.push({ code: 10057, message: `inherit binding '${name}' is invalid` });
      continue;
    }
    faults.push(...bindingFaults(name, type, sent));
    bindings.push({ sent: split(name, type, sent) });
  }
  const kept = request.previous.filter(({ name, type }) => request.keep.includes(type) && !taken.has(name));
  bindings.push(...kept.map((binding) => ({ kept: binding })));
  faults.push(...countFaults(bindings.map(typeOf)));
  return { bindings, faults };
}

/**
 * "A JavaScript variable's name" is the rule; how strictly Cloudflare goes by it is not known. So this refuses what no variable of any
 * script is called: blanks, what is not seen or controls a terminal, and what is longer than a script's own name.
 */
export function nameFaults(name: string): ApiError[] {
  if (/^[^\s\p{C}]{1,255}$/u.test(name)) return [];
  const message = "A binding's name has no blank or control character, and at most 255 characters";
  return [{ code: 10052, message }];
}

export function nameTaken(name: string): ApiError {
  return {
    code: 10053,
    message: `Binding name '${name}' already in use. Please use a different name and try again.`,
  };
}

export function countFaults(types: readonly string[]): ApiError[] {
  const count = types.filter((type) => ["secret_text", "plain_text", "json"].includes(type)).length;
  if (count <= MAX_VARIABLES) return [];
  return [
    {
      code: 10055,
      message: `Too many variables and secrets: ${count}, at most ${MAX_VARIABLES} are allowed`,
    },
  ];
}

/** What is wrong with one binding by itself. Texts name it, and never what it holds. */
export function bindingFaults(name: string, type: string, sent: SentBinding): ApiError[] {
  const faults = fieldFaults(name, type, sent);
  if (faults.length > 0) return faults;
  if (type === "secret_text" || type === "plain_text") return sizeFaults(name, String(sent.text));
  return type === "json" ? sizeFaults(name, JSON.stringify(sent.json)) : [];
}

/** Sorts a binding's fields into what may be answered and what may not. */
export function split(name: string, type: string, sent: SentBinding): OpenBinding {
  const hidden = SECRET_FIELDS[type] ?? [];
  const rest = Object.entries(sent).filter(([key]) => key !== "name" && key !== "type");
  const fields = Object.fromEntries(rest.filter(([key]) => !hidden.includes(key)));
  if (hidden.length === 0) return { name, type, fields };
  return { name, type, fields, secret: Object.fromEntries(rest.filter(([key]) => hidden.includes(key))) };
}

/** As the scripts' API answers it: with both names of a database, since clients read either. */
export function shown(binding: StoredBinding): Record<string, Json> {
  const { database_id } = binding.fields;
  if (binding.type !== "d1" || database_id === undefined) return asSent(binding);
  return { ...asSent(binding), id: database_id };
}

/** As the newer API answers it: an `id` that was not sent would force the provider to replace the version. */
export function asSent({ name, type, fields }: StoredBinding): Record<string, Json> {
  return { ...fields, name, type };
}

/** In plain byte order of their names: clients match a version's bindings by position. */
export function sorted(bindings: readonly StoredBinding[]): StoredBinding[] {
  return [...bindings].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function inherited(sent: SentBinding, name: string, request: BindingRequest): StoredBinding | undefined {
  const version = sent.version_id;
  const from = typeof version === "string" ? request.versionBindings(version) : request.previous;
  const old = sent.old_name;
  return from?.find((binding) => binding.name === (typeof old === "string" && old !== "" ? old : name));
}

function sizeFaults(name: string, text: string): ApiError[] {
  const size = Buffer.byteLength(text, "utf8");
  if (size <= MAX_VALUE_BYTES) return [];
  return [
    {
      code: 10054,
      message: `Binding '${name}' is too large: ${size} bytes, at most ${MAX_VALUE_BYTES} are allowed`,
    },
  ];
}

function typeOf(binding: ResolvedBinding): string {
  return "sent" in binding ? binding.sent.type : binding.kept.type;
}
