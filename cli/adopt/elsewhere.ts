import type { DeployedBinding } from "../../service/cloudflare-deployed.ts";
import type { ConfigBinding } from "../../stack/wrangler/bindings.ts";

/**
 * The fields by which a binding that the Worker has leads to something else than the declared one: by type, the API's
 * field and what the file (or the stack's config, `source`) says about it.
 */
export function pointsElsewhere(
  has: DeployedBinding,
  declared: ConfigBinding,
  source: { readonly from: string; readonly id?: string } | undefined,
  scriptOf: (name: string) => string,
): string[] {
  if (source?.from === "output") return [];
  if (source?.from === "declare") return ["a new resource that the stack declares"];
  const id = source?.id;
  const wanted: Record<string, string | undefined> = {};
  switch (declared.type) {
    case "kv_namespace":
      wanted.namespace_id = id ?? declared.id;
      break;
    case "d1":
      wanted[has.id === undefined ? "database_id" : "id"] = id ?? declared.databaseId;
      break;
    case "r2_bucket":
      wanted.bucket_name = id ?? declared.bucketName;
      break;
    case "queue":
      wanted.queue_name = id ?? declared.queueName;
      break;
    case "service":
      wanted.service = scriptOf(declared.service);
      wanted.entrypoint = declared.entrypoint;
      break;
    case "durable_object_namespace":
      wanted.class_name = declared.className;
      break;
    case "hyperdrive":
      wanted.id = declared.id;
      break;
    case "vectorize":
      wanted.index_name = declared.indexName;
      break;
    case "mtls_certificate":
      wanted.certificate_id = declared.certificateId;
      break;
    case "secrets_store_secret":
      wanted.store_id = declared.storeId;
      wanted.secret_name = declared.secretName;
      break;
    case "analytics_engine":
      wanted.dataset = declared.dataset;
      break;
    case "workflow":
      wanted.workflow_name = declared.workflowName;
      break;
  }
  return Object.entries(wanted).flatMap(([field, value]) => {
    const now = has[field];
    return value === undefined || now === undefined || now === null || now === value
      ? []
      : [`${field} ${String(now)} → ${value}`];
  });
}
