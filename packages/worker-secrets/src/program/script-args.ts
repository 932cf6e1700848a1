import { relative } from "node:path";
import type { WorkersScriptArgs } from "@pulumi/cloudflare/workersScript.js";
import type { Bundle } from "../compile/bundle.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import type { AssetVersion } from "./assets/version.ts";

/** The static assets of one upload. */
export interface AssetUpload {
  readonly version: AssetVersion;
  /** Absolute path of the folder to hand to the provider, from `stagedAssets`. */
  readonly directory: string;
}

/**
 * What a script upload says besides bindings, names and migrations. Only what the wrangler file says is sent: an answer
 * that holds more than was asked for shows as a change after every refresh.
 */
export function scriptSettings(
  worker: WorkerConfig,
  bundle: Bundle | undefined,
  upload?: AssetUpload,
): Omit<WorkersScriptArgs, "accountId" | "scriptName" | "bindings" | "migrations"> {
  const { observability, limits, placement, assets, cache } = worker;
  return {
    ...(bundle === undefined ? {} : { content: bundle.content, mainModule: bundle.mainModule }),
    ...(bundle === undefined || bundle.files.length === 0
      ? {}
      : {
          // Properties of plugin 6.22.1 and newer; only a Worker with WebAssembly needs them.
          files: Object.fromEntries(
            bundle.files.map(({ name, contentType, bytes }) => [
              name,
              { contentType, contentBase64: Buffer.from(bytes).toString("base64") },
            ]),
          ),
        }),
    compatibilityDate: worker.compatibilityDate,
    ...(worker.compatibilityFlags.length === 0 ? {} : { compatibilityFlags: [...worker.compatibilityFlags] }),
    ...(worker.logpush === undefined ? {} : { logpush: worker.logpush }),
    ...(observability === undefined
      ? {}
      : {
          observability: {
            ...observability,
            logs: observability.logs && withList(observability.logs),
            traces: observability.traces && withList(observability.traces),
          },
        }),
    ...(limits === undefined ? {} : { limits }),
    ...(placement === undefined ? {} : { placement: { ...placement } }),
    ...(cache === undefined ? {} : { cacheOptions: cache }),
    ...(assets === undefined
      ? {}
      : {
          assets: {
            // Resolved by the plugin, which runs in the project's folder. An absolute path would differ from machine
            // to machine, and so show as a change.
            directory: relative(process.cwd(), upload?.directory ?? assets.directory) || ".",
            config: {
              ...(upload?.version.folder.headers === undefined
                ? {}
                : { headers: upload.version.folder.headers }),
              ...(upload?.version.folder.redirects === undefined
                ? {}
                : { redirects: upload.version.folder.redirects }),
              ...(assets.htmlHandling === undefined ? {} : { htmlHandling: assets.htmlHandling }),
              ...(assets.notFoundHandling === undefined ? {} : { notFoundHandling: assets.notFoundHandling }),
              ...(assets.runWorkerFirst === undefined ? {} : { runWorkerFirst: assets.runWorkerFirst }),
              ...(assets.basePath === undefined ? {} : { basePath: assets.basePath }),
            },
          },
        }),
  };
}

function withList<T extends { readonly destinations?: readonly string[] }>(settings: T) {
  const { destinations, ...rest } = settings;
  return { ...rest, ...(destinations === undefined ? {} : { destinations: [...destinations] }) };
}
