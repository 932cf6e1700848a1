import type { Fault } from "../../faults.ts";
import { isObject } from "../../objects.ts";
import type { WorkerConfig } from "../wrangler/worker-config.ts";

/** What becomes of each key of an upload's metadata. */
const KEYS: Readonly<Record<string, "declared" | "ours">> = {
  main_module: "declared",
  bindings: "declared",
  compatibility_date: "declared",
  compatibility_flags: "declared",
  migrations: "declared",
  logpush: "declared",
  placement: "declared",
  tail_consumers: "declared",
  limits: "declared",
  assets: "declared",
  observability: "declared",
  cache_options: "declared",
  // What is declared is all that the Worker has; nothing is kept unseen.
  keep_bindings: "ours",
  keep_assets: "ours",
  // Tag and message of a version: the stack's own update stands for them.
  annotations: "ours",
  // Names of the project's packages, for Cloudflare's statistics.
  package_dependencies: "ours",
};

/**
 * What wrangler would upload and the stack does not declare. The config was translated before, so this finds what a newer wrangler adds:
 * it is refused by name, since an upload without it would take it away.
 */
export function metadataFaults(
  metadata: Readonly<Record<string, unknown>>,
  config: Pick<WorkerConfig, "file" | "vars" | "requiredSecrets" | "bindings">,
): Fault[] {
  const where = config.file;
  if (typeof metadata.body_part === "string") {
    return [
      {
        where,
        what: "the entry has the older service-worker syntax (addEventListener), which has no secrets in 'env' and which the stack does not deploy",
        fix: "Write it as a module: export default { async fetch(request, env) { … } }",
      },
    ];
  }
  const known = new Set([
    ...Object.keys(config.vars),
    ...config.requiredSecrets,
    ...config.bindings.map(({ name }) => name),
  ]);
  const bindings = Array.isArray(metadata.bindings) ? metadata.bindings.filter(isObject) : [];
  return [
    ...Object.entries(metadata)
      .filter(([key, value]) => value !== undefined && KEYS[key] === undefined)
      .map(([key]) => ({
        where,
        what: `wrangler would upload '${key}', for which the provider's WorkersScript has no field`,
        fix: "Take out what stands for it in the wrangler file, or keep this Worker with wrangler.",
      })),
    ...bindings
      .filter(({ name }) => !known.has(String(name)))
      .map(({ name, type }) => ({
        where,
        what: `wrangler would bind '${String(name)}' (${String(type)}), which the stack does not know how to declare`,
        fix: "Take the binding out, or keep this Worker with wrangler.",
      })),
  ];
}
