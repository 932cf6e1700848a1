/** A binding that needs more than a value. `name` is the variable in `env`. */
export type RuntimeBinding = { readonly name: string } & (
  | { readonly type: "kv_namespace"; readonly namespaceId: string }
  | { readonly type: "d1"; readonly databaseId: string }
  | { readonly type: "r2_bucket"; readonly bucketName: string; readonly jurisdiction?: string }
  /** `deliveryDelay` in seconds. */
  | { readonly type: "queue"; readonly queueName: string; readonly deliveryDelay?: number }
  /** Another script, or an exported class of it. */
  | { readonly type: "service"; readonly service: string; readonly entrypoint?: string }
  /** Without `scriptName`: a class of the script itself. */
  | {
      readonly type: "durable_object_namespace";
      readonly className: string;
      readonly scriptName?: string;
    }
  | {
      readonly type: "workflow";
      readonly workflowName: string;
      /** What its instances run; none: no such Workflow is registered. */
      readonly target?: {
        readonly scriptName: string;
        readonly className: string;
        readonly maxSteps?: number;
      };
    }
  | { readonly type: "assets" }
  /** `read` gives the value each time the Worker asks; nothing: there is no such secret. */
  | {
      readonly type: "secrets_store_secret";
      readonly storeId: string;
      readonly secretName: string;
      readonly read: () => string | undefined;
    }
  /** Takes data points and forgets them. */
  | { readonly type: "analytics_engine"; readonly dataset?: string }
  /** `period` in seconds. */
  | {
      readonly type: "ratelimit";
      readonly namespaceId: string;
      readonly limit: number;
      readonly period: 10 | 60;
    }
  /** Mail is checked and written to a temporary folder; none is sent. */
  | {
      readonly type: "send_email";
      readonly destinationAddress?: string;
      readonly allowedDestinationAddresses?: readonly string[];
      readonly allowedSenderAddresses?: readonly string[];
    }
  | { readonly type: "worker_loader" }
  /** Nothing here can do its work. The Worker runs, and using the binding fails with a text that names it. */
  | { readonly type: "unavailable"; readonly kind: string }
);

export interface AssetFile {
  /** Names the bytes for `RuntimeAssets.read`; two files with the same one are the same. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType?: string;
}

/** `assets.config` of an upload, in its own words. Absent: Cloudflare's default. */
export interface AssetsConfig {
  readonly html_handling?: "auto-trailing-slash" | "force-trailing-slash" | "drop-trailing-slash" | "none";
  readonly not_found_handling?: "single-page-application" | "404-page" | "none";
  /** Paths (globs, `!` negates) for which the code runs before the files; `true`: all. */
  readonly run_worker_first?: boolean | readonly string[];
  /** The text of a `_headers` file. */
  readonly _headers?: string;
  /** The text of a `_redirects` file. */
  readonly _redirects?: string;
}

export interface RuntimeAssets {
  /** By path from the root, with a leading slash and not percent-encoded: `/index.html`. */
  readonly files: ReadonlyMap<string, AssetFile>;
  readonly read: (hash: string) => Uint8Array;
  readonly config: AssetsConfig;
}
