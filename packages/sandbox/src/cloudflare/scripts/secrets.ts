import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { type ApiError, ApiFault, fault, success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, StoredBinding } from "../model.ts";
import { addDeployment, addVersion, successor } from "./add.ts";
import type { SentBinding } from "./binding-types.ts";
import { bindingFaults, countFaults, nameFaults, nameTaken, split } from "./bindings.ts";
import { checked } from "./form.ts";
import { latestDeployed } from "./latest-deployed.ts";
import { scopeOf, seal } from "./sealing.ts";
import { activeVersion, publish, requireUploaded } from "./state.ts";
import { inTurn } from "./turn.ts";

const Fields = v.custom<Readonly<Record<string, Json>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "an object is needed",
);
const Secret = v.pipe(
  Fields,
  v.transform((sent) => ({ type: "secret_text", ...sent })),
);
/** A merge patch: null takes a secret away, and what is not named stays. */
const Bulk = v.object({
  // A list would count as a record of its places.
  secrets: v.pipe(Fields, v.record(v.string(), v.nullable(Secret))),
});

/** Raised from 25 in 2026, after wrangler began to send all secrets at once. */
const MAX_BULK = 100;

/** `undefined` takes the secret away. */
type Edits = ReadonlyMap<string, SentBinding | undefined>;

/** Stores the secrets as a new version, and deploys it. Both happen or neither. */
function edit(context: CloudflareContext, script: ScriptRecord, edits: Edits, bulk: boolean): void {
  const latest = latestDeployed(context, script, bulk ? 10214 : 10215, "Secret");
  const sent = [...edits].flatMap(([name, fields]) => (fields === undefined ? [] : [{ name, fields }]));
  const others = latest.bindings.filter(({ name, type }) => !(edits.has(name) && isSecret({ type })));
  const faults: ApiError[] = sent.flatMap(({ name, fields }) => faultsOf(name, fields, others));
  faults.push(
    ...countFaults([...others.map(({ type }) => type), ...sent.map(({ fields }) => String(fields.type))]),
  );
  if (faults.length > 0) throw new ApiFault(400, faults);
  const scope = scopeOf(script.account, script.name);
  const added = sent.map(({ name, fields }) =>
    seal(context.vault, scope, split(name, String(fields.type), fields)),
  );
  const now = context.now().toISOString();
  const version = {
    ...successor(latest),
    id: randomUUID(),
    createdOn: now,
    source: "api",
    annotations: { "workers/triggered_by": "secret" },
    bindings: [...others, ...added],
  };
  const changed = context.store.transaction(
    () =>
      addDeployment(context, addVersion(context, script, version, undefined), {
        createdOn: now,
        source: "api",
        annotations: { "workers/triggered_by": "secret" },
        versions: [{ version_id: version.id, percentage: 100 }],
      }).script,
  );
  publish(context, changed);
}

function faultsOf(name: string, fields: SentBinding, others: readonly StoredBinding[]): ApiError[] {
  if (name === "") return [{ code: 10052, message: "The secret has no name" }];
  const wrong = nameFaults(name);
  if (wrong.length > 0) return wrong;
  // 10053: what has this name already is no secret, and is not turned into one by the way.
  if (others.some((binding) => binding.name === name)) return [nameTaken(name)];
  const type = String(fields.type);
  if (!isSecret({ type })) return [{ code: 10021, message: `binding ${name} is not of a secret type` }];
  return bindingFaults(name, type, fields);
}

function isSecret({ type }: { readonly type: string }): boolean {
  return type === "secret_text" || type === "secret_key";
}

function secretsOf(context: CloudflareContext, script: ScriptRecord) {
  return activeVersion(context, script)
    .bindings.filter(isSecret)
    .map(({ name, type }) => ({ name, type }));
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  return success(
    secretsOf(context, requireUploaded(context, request.param("account"), request.param("script"))),
  );
}

function get(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireUploaded(context, request.param("account"), request.param("script"));
  return success(existing(context, script, request.param("secret")));
}

function existing(context: CloudflareContext, script: ScriptRecord, name: string) {
  const found = secretsOf(context, script).find((secret) => secret.name === name);
  if (found === undefined) throw fault(404, 10056, `Binding '${name}' not found`);
  return found;
}

async function put(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const sent = checked(Secret, await request.json(), "secret");
  const given: Json | undefined = (sent as SentBinding).name;
  const name = typeof given === "string" ? given : "";
  return inTurn(context, request.param("script"), () => {
    const script = requireUploaded(context, request.param("account"), request.param("script"));
    edit(context, script, new Map([[name, sent]]), false);
    return success({ name, type: sent.type });
  });
}

async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const name = request.param("secret");
  return inTurn(context, request.param("script"), () => {
    const script = requireUploaded(context, request.param("account"), request.param("script"));
    existing(context, script, name);
    edit(context, script, new Map([[name, undefined]]), false);
    return success(null);
  });
}

async function patch(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { secrets } = checked(Bulk, await request.json(), "secrets");
  const edits = new Map(Object.entries(secrets).map(([name, fields]) => [name, fields ?? undefined]));
  if (edits.size > MAX_BULK) {
    const text = `Bulk secret request contains ${edits.size} secrets, which exceeds the limit of ${MAX_BULK} per request. Please split the request into smaller batches.`;
    throw fault(400, 100160, text);
  }
  return inTurn(context, request.param("script"), () => {
    const script = requireUploaded(context, request.param("account"), request.param("script"));
    if (edits.size > 0) edit(context, script, edits, true);
    return success(secretsOf(context, requireUploaded(context, script.account, script.name)));
  });
}

const SECRETS = "/client/v4/accounts/:account/workers/scripts/:script/secrets";

export const secretRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: SECRETS, operation: "WorkersScriptsSecretsList", handle: list },
  { method: "PUT", path: SECRETS, operation: "WorkersScriptsSecretsUpdate", handle: put },
  { method: "PATCH", path: `${SECRETS}-bulk`, operation: "WorkersScriptsSecretsBulkUpdate", handle: patch },
  { method: "GET", path: `${SECRETS}/:secret`, operation: "WorkersScriptsSecretsGet", handle: get },
  { method: "DELETE", path: `${SECRETS}/:secret`, operation: "WorkersScriptsSecretsDelete", handle: remove },
];
