import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { ApiFault, notInTheSandbox, success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, StoredBinding, VersionRecord } from "../model.ts";
import { addVersion, successor } from "../scripts/add.ts";
import type { SentBinding } from "../scripts/binding-types.ts";
import { asSent, bindingFaults, countFaults, split } from "../scripts/bindings.ts";
import { checked } from "../scripts/form.ts";
import { sourceOf } from "../scripts/prepare.ts";
import { scopeOf, seal, unseal } from "../scripts/sealing.ts";
import { latestVersion, requireScript } from "../scripts/state.ts";
import { inTurn } from "../scripts/turn.ts";
import { workerOf } from "./find.ts";
import { patched } from "./merge.ts";
import { viewWorkerVersion } from "./version-view.ts";

const Fields = v.custom<Readonly<Record<string, Json>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "a binding",
);

/** A merge patch. Bindings are called `env` here, and are found by their names. */
const Patch = v.looseObject({
  env: v.optional(v.record(v.string(), v.nullable(Fields)), {}),
  annotations: v.nullish(v.record(v.string(), v.string()), {}),
});

/** Without code that is sent, the newest version's stays; `wrangler versions secret …` is made of this. */
export async function patchLatest(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { account, name } = workerOf(request, context);
  const { env, annotations, ...rest } = checked(Patch, (await request.json()) ?? {}, "patch");
  const others = Object.keys(rest);
  if (others.length > 0)
    throw notInTheSandbox(`changing ${others.join(", ")} of the latest version; upload a version instead`);
  return inTurn(context, name, () => {
    const script = requireScript(context, account, name);
    const latest = latestVersion(context, script);
    const version = {
      ...successor(latest),
      id: randomUUID(),
      createdOn: context.now().toISOString(),
      source: sourceOf(request),
      annotations: { ...annotations, "workers/triggered_by": "secret" },
      bindings: patchedBindings(context, script, latest, env),
    };
    const changed = context.store.transaction(() => addVersion(context, script, version, undefined));
    return success(viewWorkerVersion(context, latestVersion(context, changed)));
  });
}

function patchedBindings(
  context: CloudflareContext,
  script: ScriptRecord,
  { bindings }: VersionRecord,
  env: Readonly<Record<string, SentBinding | null>>,
): StoredBinding[] {
  const scope = scopeOf(script.account, script.name);
  const names = new Map(Object.entries(env));
  const kept = bindings.filter(({ name }) => !names.has(name));
  const sent = [...names].flatMap(([name, patch]) => {
    if (patch === null) return [];
    const old = bindings.find((binding) => binding.name === name);
    // A patch that changes the type says what the binding is from now on: nothing of the old one carries over.
    const same = old !== undefined && (patch.type === undefined || patch.type === old.type);
    const base = same ? { ...asSent(old), ...unseal(context.vault, scope, old) } : {};
    return [{ name, fields: patched(base, patch) as SentBinding }];
  });
  const faults = sent.flatMap(({ name, fields }) => bindingFaults(name, String(fields.type), fields));
  faults.push(
    ...countFaults([...kept.map(({ type }) => type), ...sent.map(({ fields }) => String(fields.type))]),
  );
  if (faults.length > 0) throw new ApiFault(400, faults);
  const added = sent.map(({ name, fields }) =>
    seal(context.vault, scope, split(name, String(fields.type), fields)),
  );
  return [...kept, ...added];
}
