import { createHash, randomUUID } from "node:crypto";
import type { ApiRequest } from "../../http/route.ts";
import type { Validation } from "../../workers/runtime.ts";
import { chosenAssets } from "../assets/chosen.ts";
import { classesOf } from "../durable-objects/records.ts";
import { ApiFault, fault } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, StoredModule } from "../model.ts";
import type { NewVersion } from "./add.ts";
import { referTo } from "./binding-references.ts";
import { resolveBindings } from "./bindings.ts";
import { plannedClasses } from "./durable-classes.ts";
import { refuseDurableExports } from "./exports.ts";
import type { Upload } from "./form.ts";
import { exportFaults } from "./migrations.ts";
import { runnable } from "./runnable.ts";
import { redact, scopeOf, sealAll } from "./sealing.ts";
import { versionById, versionsOf } from "./state.ts";

/** Everything that may be refused, before anything is stored: the running version stays as it is. */
export async function prepare(
  request: ApiRequest,
  context: CloudflareContext,
  upload: Upload,
  script: ScriptRecord,
): Promise<NewVersion> {
  const { metadata } = upload;
  refuseDurableExports(metadata.exports);
  const previous = versionsOf(context, script).at(-1);
  const resolved = resolveBindings({
    sent: metadata.bindings,
    keep: metadata.keep_bindings ?? [],
    previous: previous?.bindings ?? [],
    strict: request.query.get("bindings_inherit") === "strict",
    versionBindings: (id) => versionById(context, script, id)?.bindings,
  });
  refuse(resolved.faults);
  const migrated = plannedClasses(context, script, metadata.migrations, resolved.bindings);
  refuse(migrated.faults);
  const { store } = context;
  const { bindings, faults } = referTo({ store, script, classes: migrated.classes }, resolved.bindings);
  refuse(faults);
  const assets = chosenAssets(context, script, metadata, previous);
  const id = randomUUID();
  const candidate = {
    id,
    createdOn: context.now().toISOString(),
    source: sourceOf(request),
    annotations: { ...metadata.annotations, "workers/triggered_by": "upload" },
    etag: etagOf(upload.mainModule, upload.modules),
    mainModule: upload.mainModule,
    bindings: sealAll(context.vault, scopeOf(script.account, script.name), bindings),
    ...(metadata.compatibility_date == null ? {} : { compatibilityDate: metadata.compatibility_date }),
    compatibilityFlags: metadata.compatibility_flags ?? [],
    usageModel: metadata.usage_model ?? "standard",
    ...(metadata.limits == null ? {} : { limits: metadata.limits }),
    ...(metadata.placement == null ? {} : { placement: metadata.placement }),
    ...(metadata.cache_options == null ? {} : { cacheOptions: metadata.cache_options }),
    ...(metadata.containers == null ? {} : { containers: metadata.containers }),
    ...(metadata.exports == null ? {} : { exports: metadata.exports }),
    ...(metadata.package_dependencies == null ? {} : { packageDependencies: metadata.package_dependencies }),
    ...(assets === undefined ? {} : { assets }),
    ...(metadata.migrations == null
      ? {}
      : {
          migration: {
            sent: metadata.migrations,
            origin: id,
            namespaces: migrated.namespaces,
            applied: false,
          },
        }),
  };
  // Whether it exports the classes is asked below: the runtime can't tell new ones (10070) from old ones (10064).
  const code = runnable(context, script, candidate, { modules: upload.modules }, []);
  const found = upload.mainModule === "" ? FILES_ALONE : await context.workers.validate(code);
  if (!found.ok) {
    const secrets = candidate.bindings
      .filter(({ type }) => type === "secret_text")
      .map((binding) => binding.name);
    // The script may have put its own secret into what it throws.
    throw fault(400, found.code, redact(found.message, code.env, secrets));
  }
  const { handlers, namedHandlers, startupTimeMs } = found;
  const before = classesOf(store, script.account, script.id);
  refuse(exportFaults(before, migrated.classes, namedHandlers));
  return { ...candidate, handlers, namedHandlers, startupTimeMs };
}

/** A Worker without code starts at once, and handles nothing itself. */
const FILES_ALONE: Validation = { ok: true, handlers: [], namedHandlers: [], startupTimeMs: 0 };

function refuse(faults: ApiFault["errors"]): void {
  if (faults.length > 0) throw new ApiFault(400, faults);
}

/** `wrangler deploy` warns when a Worker was last deployed by something else, so say what it was. */
export function sourceOf(request: ApiRequest): string {
  const agent = request.headers.get("user-agent") ?? "";
  if (/^wrangler\//i.test(agent)) return "wrangler";
  return /terraform|pulumi/i.test(agent) ? "terraform" : "api";
}

/** By content alone, so that an unchanged script keeps its etag. */
function etagOf(mainModule: string, modules: readonly StoredModule[]): string {
  const content = modules.map(({ name, contentType, base64 }) => [name, contentType, base64]);
  return createHash("sha256")
    .update(JSON.stringify([mainModule, content]))
    .digest("hex");
}
