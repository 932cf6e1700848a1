import type { Field, Fields } from "./terraform.ts";
import { both, computed, optional, required } from "./terraform-fields.ts";

/** Read in terraform-provider-cloudflare 5.22, internal/services/workers_script/{schema,model}.go. */

const CONTENT_TYPES = [
  "application/javascript+module",
  "application/javascript",
  "text/javascript+module",
  "text/javascript",
  "text/x-python",
] as const;

const BINDING_TYPES = [
  ...["ai", "ai_search", "ai_search_namespace", "analytics_engine", "assets", "browser", "d1", "data_blob"],
  ...["dispatch_namespace", "durable_object_namespace", "hyperdrive", "inherit", "images", "json"],
  ...["kv_namespace", "media", "mtls_certificate", "plain_text", "pipelines", "queue", "ratelimit"],
  ...["r2_bucket", "secret_text", "send_email", "service", "tail_consumer", "text_blob", "vectorize"],
  ...["version_metadata", "secrets_store_secret", "secret_key", "workflow", "wasm_module", "vpc_service"],
  "vpc_network",
];

const KEY_USAGES = [
  ...["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"],
];
export const HTML_HANDLING: Field = {
  mode: "optional",
  oneOf: ["auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"],
};
export const NOT_FOUND_HANDLING: Field = {
  mode: "optional",
  oneOf: ["none", "404-page", "single-page-application"],
};
export const USAGE_MODELS = ["standard", "bundled", "unbound"] as const;
export const PLACEMENT_MODES = ["smart", "targeted"] as const;

export const BINDING: Fields = {
  name: required,
  type: { mode: "required", oneOf: BINDING_TYPES },
  instanceName: optional,
  namespace: optional,
  dataset: optional,
  databaseId: optional,
  id: optional,
  className: both,
  namespaceId: both,
  scriptName: optional,
  json: { mode: "optional", json: true },
  certificateId: optional,
  text: { mode: "optional", sensitive: true },
  pipeline: optional,
  queueName: optional,
  simple: {
    mode: "optional",
    members: { limit: required, period: required, mitigationTimeout: optional },
  },
  bucketName: optional,
  jurisdiction: { mode: "optional", oneOf: ["eu", "fedramp", "fedramp-high"] },
  indexName: optional,
  secretName: optional,
  storeId: optional,
  appId: optional,
  algorithm: { mode: "optional", json: true },
  format: { mode: "optional", oneOf: ["raw", "pkcs8", "spki", "jwk"] },
  usages: { mode: "optional", set: true, oneOf: KEY_USAGES },
  keyBase64: { mode: "optional", sensitive: true },
  keyJwk: { mode: "optional", json: true, sensitive: true },
  workflowName: optional,
  versionId: optional,
  part: optional,
  environment: optional,
  oldName: optional,
  allowedDestinationAddresses: optional,
  allowedSenderAddresses: optional,
  destinationAddress: optional,
  service: optional,
  dispatchNamespace: optional,
  outbound: {
    mode: "optional",
    members: {
      params: optional,
      worker: { mode: "optional", members: { environment: optional, service: optional } },
    },
  },
  entrypoint: optional,
  serviceId: optional,
  networkId: optional,
  tunnelId: optional,
};

const OBSERVABILITY: Fields = {
  enabled: required,
  headSamplingRate: optional,
  logs: {
    mode: "optional",
    members: {
      enabled: required,
      invocationLogs: required,
      destinations: optional,
      headSamplingRate: optional,
      persist: { mode: "both", default: true },
    },
  },
  traces: {
    mode: "optional",
    members: {
      destinations: optional,
      enabled: optional,
      headSamplingRate: optional,
      persist: { mode: "both", default: true },
      propagationPolicy: { mode: "both", stable: true },
    },
  },
};

/** `directory` and its hash are the provider's own: what goes over the wire is the token that the upload of the files ends with. */
export const ASSETS: Field = {
  mode: "optional",
  members: {
    config: {
      mode: "optional",
      members: {
        headers: { mode: "optional", wire: "_headers" },
        redirects: { mode: "optional", wire: "_redirects" },
        htmlHandling: HTML_HANDLING,
        notFoundHandling: NOT_FOUND_HANDLING,
        runWorkerFirst: optional,
        serveDirectly: optional,
      },
    },
    jwt: { mode: "optional", sensitive: true },
    directory: { mode: "optional", wire: false },
    assetManifestSha256: { mode: "computed", wire: false },
  },
};

export const PACKAGE_DEPENDENCY: Fields = {
  installedVersion: { mode: "required", wire: "installedVersion" },
  name: required,
  packageJsonVersion: { mode: "required", wire: "packageJsonVersion" },
};

const RENAMED = { mode: "optional", members: { from: optional, to: optional } } as const;
const TRANSFERRED = {
  mode: "optional",
  members: { from: optional, fromScript: optional, to: optional },
} as const;
const MIGRATION_STEP: Fields = {
  deletedClasses: optional,
  newClasses: optional,
  newSqliteClasses: optional,
  renamedClasses: RENAMED,
  transferredClasses: TRANSFERRED,
};

export const MIGRATIONS: Field = {
  mode: "optional",
  members: {
    ...MIGRATION_STEP,
    newTag: optional,
    oldTag: optional,
    steps: { mode: "optional", members: MIGRATION_STEP },
  },
};

/** The members of the part `metadata`. */
export const METADATA: Fields = {
  annotations: {
    mode: "both",
    nullable: true,
    members: {
      workersMessage: { mode: "optional", wire: "workers/message" },
      workersTag: { mode: "optional", wire: "workers/tag" },
      workersTriggeredBy: { mode: "computed", wire: "workers/triggered_by" },
    },
  },
  assets: ASSETS,
  bindings: { mode: "both", nullable: true, members: BINDING },
  bodyPart: optional,
  cacheOptions: {
    mode: "optional",
    members: {
      enabled: { mode: "both", default: false },
      crossVersionCache: { mode: "both", default: false },
    },
  },
  compatibilityDate: { mode: "both", default: "" },
  compatibilityFlags: { mode: "both", nullable: true, set: true },
  exports: {
    mode: "optional",
    map: true,
    members: { type: required, cache: { mode: "optional", members: { enabled: required } } },
  },
  keepAssets: optional,
  keepBindings: { mode: "optional", set: true },
  limits: { mode: "optional", members: { cpuMs: optional, subrequests: optional } },
  logpush: { mode: "both", default: false },
  mainModule: optional,
  migrations: MIGRATIONS,
  observability: { mode: "optional", members: OBSERVABILITY },
  packageDependencies: { mode: "optional", members: PACKAGE_DEPENDENCY },
  placement: {
    mode: "both",
    nullable: true,
    members: {
      mode: { mode: "optional", oneOf: PLACEMENT_MODES },
      lastAnalyzedAt: computed,
      status: computed,
      region: both,
      hostname: both,
      host: both,
      target: { mode: "both", members: { region: both, hostname: both, host: both } },
    },
  },
  tailConsumers: {
    mode: "both",
    nullable: true,
    set: true,
    members: { service: required, environment: optional, namespace: optional },
  },
  usageModel: { mode: "both", default: "standard", oneOf: USAGE_MODELS },
};

/** What the answers about a script say beside the metadata. */
export const SCRIPT_ANSWER: Fields = {
  createdOn: { mode: "computed", stable: true },
  etag: computed,
  hasAssets: computed,
  hasModules: computed,
  lastDeployedFrom: computed,
  migrationTag: computed,
  modifiedOn: computed,
  placementMode: computed,
  placementStatus: computed,
  startupTimeMs: computed,
  handlers: { mode: "computed", nullable: true },
  namedHandlers: { mode: "computed", nullable: true, members: { handlers: computed, name: computed } },
};

export const WORKERS_SCRIPT: Fields = {
  id: { mode: "computed", wire: false, stable: true },
  accountId: { mode: "required", wire: false, replace: true },
  scriptName: { mode: "required", wire: false, replace: true },
  content: { mode: "optional", wire: false },
  contentFile: { mode: "optional", wire: false },
  contentSha256: { mode: "optional", wire: false },
  contentType: { mode: "optional", wire: false, oneOf: CONTENT_TYPES },
  // By the SDK's own description: parts of the upload, named by their keys. The plugin's source was not to be had.
  files: {
    mode: "optional",
    wire: false,
    map: true,
    members: {
      contentType: required,
      contentBase64: optional,
      contentFile: optional,
      contentSha256: optional,
    },
  },
  ...SCRIPT_ANSWER,
  ...METADATA,
};

/** An input of the newest plugin alone, whose source could not be read: said, not dropped. */
export const NOT_IN_THE_STAND_IN = ["force"] as const;
