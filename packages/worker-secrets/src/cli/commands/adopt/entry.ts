import type { DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import type { Named } from "./compare.ts";
import type { Target } from "./target.ts";

/** The entry of `workers`. Names that are no bindings (crons, domains) are decided here and need no entry. */
export function entryChange(
  script: string,
  deployed: DeployedWorker,
  { config, environment }: Target,
  { drop, external }: Named,
) {
  const bound = new Map(deployed.bindings.map((one) => [one.name, one as Record<string, unknown>]));
  // wrangler makes a resource itself where the file has no id; the one that it made goes on being used.
  const resources = config.bindings.flatMap((binding) => {
    const has = bound.get(binding.name);
    if (has === undefined || has.type !== binding.type) return [];
    const id =
      (binding.type === "kv_namespace" && binding.id === undefined && has.namespace_id) ||
      (binding.type === "d1" && binding.databaseId === undefined && (has.database_id ?? has.id)) ||
      (binding.type === "r2_bucket" && binding.bucketName === undefined && has.bucket_name) ||
      (binding.type === "queue" && binding.queueName === undefined && has.queue_name);
    return typeof id === "string" ? [[binding.name, { id }] as const] : [];
  });
  return {
    scriptName: script,
    ...(environment === undefined ? {} : { environment }),
    adopt: true,
    externalSecrets: external,
    dropBindings: drop.filter((name) => bound.has(name)),
    resources: Object.fromEntries(resources),
  } as const;
}
