import type { Field, Fields } from "./terraform.ts";
import { both, computed, optional, pathKey, required, stable } from "./terraform-fields.ts";
import {
  ASSETS,
  BINDING,
  HTML_HANDLING,
  MIGRATIONS,
  NOT_FOUND_HANDLING,
  PACKAGE_DEPENDENCY,
  PLACEMENT_MODES,
  USAGE_MODELS,
} from "./workers-script-schema.ts";

/** Read in terraform-provider-cloudflare 5.22, internal/services/worker_version/{schema,model}.go: nearly every change replaces. */

const replacing = { mode: "optional", replace: true } as const;
const PLACE: Fields = { region: optional, hostname: optional, host: optional };

export const VERSION_BINDING: Fields = {
  ...BINDING,
  databaseId: both,
  scriptName: both,
  outbound: {
    mode: "optional",
    members: {
      params: { mode: "optional", members: { name: required } },
      worker: {
        mode: "optional",
        members: { entrypoint: optional, environment: optional, service: optional },
      },
    },
  },
};

const VERSION_ASSETS: Field = {
  ...ASSETS,
  replace: "if-given",
  kept: true,
  members: {
    ...ASSETS.members,
    config: {
      mode: "optional",
      members: {
        htmlHandling: HTML_HANDLING,
        notFoundHandling: NOT_FOUND_HANDLING,
        runWorkerFirst: optional,
      },
    },
  },
};

export const WORKER_VERSION: Fields = {
  id: stable,
  accountId: pathKey,
  workerId: pathKey,
  compatibilityDate: replacing,
  mainModule: replacing,
  containers: { ...replacing, set: true, members: { className: required } },
  migrations: { ...MIGRATIONS, replace: true },
  modules: {
    ...replacing,
    set: true,
    members: {
      contentBase64: optional,
      contentType: required,
      name: required,
      contentFile: { mode: "optional", wire: false },
      contentSha256: { mode: "computed", wire: false },
    },
  },
  packageDependencies: { ...replacing, members: PACKAGE_DEPENDENCY },
  placement: {
    ...replacing,
    members: {
      mode: { mode: "optional", oneOf: PLACEMENT_MODES },
      ...PLACE,
      target: { mode: "optional", members: PLACE },
    },
  },
  usageModel: { mode: "both", default: "standard", replace: "if-given", oneOf: USAGE_MODELS },
  compatibilityFlags: { mode: "both", set: true, replace: "if-given" },
  annotations: {
    mode: "both",
    replace: "if-given",
    members: {
      workersMessage: { mode: "optional", wire: "workers/message" },
      workersTag: { mode: "optional", wire: "workers/tag" },
      workersTriggeredBy: { mode: "computed", wire: "workers/triggered_by" },
    },
  },
  assets: VERSION_ASSETS,
  bindings: { mode: "optional", replace: "if-given", members: VERSION_BINDING },
  cacheOptions: {
    mode: "both",
    replace: "if-given",
    members: {
      enabled: { mode: "both", default: false },
      crossVersionCache: { mode: "both", default: false },
    },
  },
  limits: { mode: "both", replace: "if-given", members: { cpuMs: optional, subrequests: optional } },
  createdOn: computed,
  migrationTag: computed,
  number: computed,
  source: computed,
  mainScriptBase64: computed,
  startupTimeMs: computed,
  urls: computed,
};
