import type { Json, Store } from "../../store/store.ts";
import type { DurableObjectClass } from "../../workers/runtime.ts";
import { findDatabase } from "../d1/records.ts";
import { classesOf, namespacesOf } from "../durable-objects/records.ts";
import type { ApiError } from "../envelope.ts";
import { kvNamespaces } from "../kv/records.ts";
import { type ScriptRecord, scripts } from "../model.ts";
import { queueByName } from "../queues/records.ts";
import { findBucket } from "../r2/records.ts";
import { secretByName } from "../secrets-store/records.ts";
import type { OpenBinding, ResolvedBinding } from "./bindings.ts";

export interface Referring {
  readonly store: Store;
  readonly script: Pick<ScriptRecord, "account" | "id" | "name">;
  /** The script's own Durable Object classes, with the upload's migration applied. */
  readonly classes: readonly DurableObjectClass[];
}

export interface Referred {
  readonly bindings: readonly ResolvedBinding[];
  readonly faults: readonly ApiError[];
}

/**
 * Looks up what the sent bindings name, and fills in what the API answers besides. What is kept or inherited was
 * looked up when it was sent: a namespace that was deleted since does not stop an upload.
 */
export function referTo(referring: Referring, bindings: readonly ResolvedBinding[]): Referred {
  const faults: ApiError[] = [];
  const referred = bindings.map((binding): ResolvedBinding => {
    if ("kept" in binding) return binding;
    const found = lookUp(referring, binding.sent);
    if (!("code" in found)) return { sent: { ...binding.sent, fields: found.fields } };
    faults.push(found);
    return binding;
  });
  return { bindings: referred, faults };
}

type Found = { readonly fields: OpenBinding["fields"] } | ApiError;

/** Codes and texts are the service's as its users report them, but for those that say otherwise. */
function lookUp(referring: Referring, { name, type, fields }: OpenBinding): Found {
  const { store, script } = referring;
  const { account } = script;
  switch (type) {
    case "kv_namespace": {
      const id = text(fields.namespace_id);
      if (!/^[0-9a-f]{32}$/.test(id)) {
        return fault(
          10042,
          `KV namespace '${id}' is not valid. Please verify the namespace_id in your configuration.`,
        );
      }
      if (store.get(kvNamespaces, [account, id]) !== undefined) break;
      return fault(10041, `KV namespace '${id}' not found.`);
    }
    case "d1": {
      const id = text(fields.database_id) || text(fields.id);
      const found = findDatabase(store, account, id);
      // Clients name it either way. `id` is kept only if it was sent: see `shown`.
      if (found?.uuid === id) return { fields: { ...fields, database_id: id } };
      return fault(10181, `D1 binding '${name}' references database '${id}' which was not found.`);
    }
    case "r2_bucket": {
      const bucket = text(fields.bucket_name);
      if (findBucket(store, account, bucket, text(fields.jurisdiction) || undefined) !== undefined) break;
      return fault(10085, `R2 bucket '${bucket}' not found. Please use a different name and try again.`);
    }
    case "queue": {
      const queue = text(fields.queue_name);
      if (queueByName(store, account, queue) !== undefined) break;
      // The code is known; the words are not.
      return fault(11000, `Queue '${queue}' of binding '${name}' does not exist.`);
    }
    case "service": {
      const service = text(fields.service);
      // Nor does a Worker that is uploaded for the first time exist for itself.
      if (store.get(scripts, [account, service]) !== undefined) break;
      return fault(
        10143,
        `Service binding '${name}' references Worker '${service}' which was not found. Verify the Worker exists in your account and that the service name in your configuration is correct.`,
      );
    }
    case "secrets_store_secret": {
      const [storeId, secret] = [text(fields.store_id), text(fields.secret_name)];
      if (secretByName({ store }, [account, storeId], secret) !== undefined) break;
      // The code is known; the words are not.
      return fault(
        10182,
        `Binding '${name}' references secret '${secret}' which was not found in the store.`,
      );
    }
    case "durable_object_namespace":
      return durableObject(referring, fields);
    default:
      break;
  }
  return { fields };
}

function durableObject({ store, script, classes }: Referring, fields: OpenBinding["fields"]): Found {
  const { account } = script;
  const id = text(fields.namespace_id);
  if (text(fields.class_name) === "") {
    const own = classes.find(({ namespaceId }) => namespaceId === id);
    if (own !== undefined) return { fields: { ...fields, class_name: own.className } };
    const found = namespacesOf(store, account).find((one) => one.id === id);
    const owner = store.list(scripts, [account]).find(({ record }) => record.id === found?.scriptId)?.record;
    if (found === undefined || owner === undefined) {
      return fault(10066, `Durable Object namespace '${id}' not found.`);
    }
    return { fields: { ...fields, class_name: found.className, script_name: owner.name } };
  }
  const className = text(fields.class_name);
  const scriptName = text(fields.script_name);
  const foreign = scriptName !== "" && scriptName !== script.name;
  const owner = foreign ? store.get(scripts, [account, scriptName]) : undefined;
  if (foreign && owner === undefined) {
    return fault(10061, `Cannot create binding for class in script '${scriptName}' that does not exist.`);
  }
  const known = owner === undefined ? classes : classesOf(store, account, owner.id);
  const found = known.find((one) => one.className === className);
  if (found !== undefined) return { fields: { ...fields, namespace_id: found.namespaceId } };
  return fault(
    10061,
    `Cannot create binding for class '${className}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.`,
  );
}

function fault(code: number, message: string): ApiError {
  return { code, message };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
