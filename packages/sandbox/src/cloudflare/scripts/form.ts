import * as v from "valibot";
import { parseJsonText } from "../../http/json-text.ts";
import type { ApiRequest } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import type { ModuleKind } from "../../workers/runtime.ts";
import { fault, notInTheSandbox } from "../envelope.ts";
import type { StoredModule } from "../model.ts";
import { boundaryOf, type Part, parseForm } from "../multipart.ts";
import { Exports } from "./exports.ts";
import { Migrations } from "./migrations.ts";

/** 64 MiB uncompressed, on all plans. */
const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;

const json = v.custom<Json>(() => true);
const strings = v.array(v.string());
const binding = v.custom<Readonly<Record<string, Json>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "a binding is an object",
);

/** Static files: how paths are matched, and what else there is to say of them. */
const AssetsConfig = v.object({
  html_handling: v.exactOptional(
    v.picklist(["auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"]),
  ),
  not_found_handling: v.exactOptional(v.picklist(["single-page-application", "404-page", "none"])),
  run_worker_first: v.exactOptional(v.union([v.boolean(), strings])),
  _headers: v.exactOptional(v.string()),
  _redirects: v.exactOptional(v.string()),
});

/** Keys that are not here are taken and ignored, as clients grow new ones all the time. */
export const Metadata = v.object({
  main_module: v.optional(v.string()),
  body_part: v.optional(v.string()),
  bindings: v.optional(v.array(binding), []),
  keep_bindings: v.nullish(strings),
  compatibility_date: v.nullish(v.string()),
  compatibility_flags: v.nullish(strings),
  usage_model: v.nullish(v.string()),
  logpush: v.nullish(v.boolean()),
  tags: v.nullish(strings),
  tail_consumers: v.nullish(v.array(json)),
  observability: v.nullish(json),
  limits: v.nullish(json),
  placement: v.nullish(json),
  migrations: v.nullish(Migrations),
  cache_options: v.nullish(json),
  containers: v.nullish(json),
  exports: v.nullish(Exports),
  package_dependencies: v.nullish(json),
  annotations: v.nullish(v.record(v.string(), v.string())),
  assets: v.nullish(v.object({ jwt: v.nullish(v.string()), config: v.nullish(AssetsConfig) })),
  keep_assets: v.nullish(v.boolean()),
});

export type Metadata = v.InferOutput<typeof Metadata>;

export interface Upload {
  readonly metadata: Metadata;
  /** Empty when there are static files and no code. */
  readonly mainModule: string;
  readonly modules: readonly StoredModule[];
}

/** Reads an upload's form. Faults say which part is meant, never what it holds. */
export async function readUpload(request: ApiRequest): Promise<Upload> {
  const type = request.headers.get("content-type") ?? "";
  const boundary = boundaryOf(type);
  const body = await request.bytes();
  if (boundary === undefined) throw notAForm(type, body);
  const parts = parseForm(body, boundary);
  const metadata = readMetadata(parts.find((part) => part.name === "metadata"));
  return assembled(metadata, parts.filter((part) => part.name !== "metadata").map(toModule));
}

/** Code and what goes with it, as one upload. However they were sent, the same is right and the same is wrong. */
export function assembled(metadata: Metadata, modules: readonly StoredModule[]): Upload {
  if (metadata.main_module === undefined) {
    // Static files need no code.
    if (metadata.body_part === undefined && (metadata.assets != null || metadata.keep_assets === true))
      return { metadata, mainModule: "", modules: [] };
    if (metadata.body_part === undefined)
      throw fault(400, 10021, "metadata has neither main_module nor body_part");
    throw notInTheSandbox(
      "scripts in the service worker format; upload an ES module and name it in main_module",
    );
  }
  if (!modules.some(({ name }) => name === metadata.main_module)) {
    throw fault(400, 10021, `Uncaught Error: No such module "${metadata.main_module}".`);
  }
  const size = modules.reduce((sum, { base64 }) => sum + Buffer.byteLength(base64, "base64"), 0);
  if (size > MAX_SCRIPT_BYTES) {
    throw fault(413, 10027, `Your Worker exceeded the size limit of 64 MiB: it has ${size} bytes.`);
  }
  return { metadata, mainModule: metadata.main_module, modules };
}

function readMetadata(part: Part | undefined): Metadata {
  if (part === undefined) throw fault(400, 10026, "The form has no part named metadata.");
  const value = parseJsonText(Buffer.from(part.bytes).toString("utf8"), "the form's part metadata");
  return checked(Metadata, value, "metadata");
}

/** Checks a body's shape. The answer names the place only: what stands there may be a secret. */
export function checked<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const places = result.issues.map((issue) => {
    const place = v.getDotPath(issue) ?? what;
    // A check of ours says itself what is wanted; valibot's own words would quote what came.
    if (issue.type === "custom") return `${place}: ${issue.message}`;
    if (issue.type === "min_length") return `${place} has too few entries`;
    return `${place} is not ${issue.expected ?? "as it should be"}`;
  });
  throw fault(400, 10026, `The ${what} can't be used: ${places.join(", ")}.`);
}

function notAForm(type: string, body: Uint8Array): Error {
  if (!/javascript/i.test(type))
    return fault(400, 10001, `Unsupported content type: ${type === "" ? "none" : type}`);
  // SDK 7 sends a form under this type; the real API reads it as a script, and so says this.
  if (Buffer.from(body.subarray(0, 2)).toString() === "--") {
    return fault(400, 10021, "Uncaught SyntaxError: Invalid left-hand side expression in prefix operation");
  }
  return notInTheSandbox("scripts in the service worker format; upload a form with an ES module");
}

const KINDS: readonly (readonly [RegExp, ModuleKind | undefined])[] = [
  [/^(application|text)\/javascript\+module$/, "js"],
  [/^(application|text)\/javascript$/, "cjs"],
  [/^text\/x-python$/, "py"],
  [/^application\/json$/, "json"],
  [/^application\/wasm$/, "wasm"],
  [/^application\/source-map$/, undefined],
  [/^text\//, "text"],
];

function toModule(part: Part): StoredModule {
  // Clients disagree on the part's name (the SDK calls all of them files[]), hence the file name first.
  const name = part.filename ?? part.name;
  const type =
    part.type ?? (/\.m?js$/.test(name) ? "application/javascript+module" : "application/octet-stream");
  const { buffer, byteOffset, byteLength } = part.bytes;
  return storedModule(name, type, Buffer.from(buffer, byteOffset, byteLength).toString("base64"));
}

export function storedModule(name: string, contentType: string, base64: string): StoredModule {
  const known = KINDS.find(([pattern]) => pattern.test(contentType));
  const kind = known === undefined ? "data" : known[1];
  return { name, contentType, ...(kind === undefined ? {} : { kind }), base64 };
}
