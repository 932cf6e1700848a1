import type { Field, Fields } from "./terraform.ts";
import { both, computed, optional, pathKey, required, stable } from "./terraform-fields.ts";
import { ASSETS, BINDING, MIGRATIONS, PACKAGE_DEPENDENCY } from "./workers-script-schema.ts";

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
      members: { htmlHandling: optional, notFoundHandling: optional, runWorkerFirst: optional },
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
    members: { mode: optional, ...PLACE, target: { mode: "optional", members: PLACE } },
  },
  usageModel: { mode: "both", default: "standard", replace: "if-given" },
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
