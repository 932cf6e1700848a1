/** What makes a Worker run, terraform-provider-cloudflare 5.22, internal/services/workers_{cron_trigger,route,custom_domain}. */
import type { Description } from "./cloudflare-resource.ts";
import { computed, optional, pathKey, required, stable } from "./terraform-fields.ts";
import { toWire } from "./terraform-wire.ts";

const CRON_FIELDS = {
  id: { mode: "computed", wire: false, stable: true },
  scriptName: pathKey,
  accountId: pathKey,
  schedules: {
    mode: "required",
    kept: true,
    members: { cron: required, createdOn: computed, modifiedOn: computed },
  },
} as const;

/** A delete makes no call: the crons go on. */
export const workersCronTrigger: Description = {
  type: "cloudflare:index/workersCronTrigger:WorkersCronTrigger",
  fields: CRON_FIELDS,
  id: "id",
  create: "PUT accounts/{accountId}/workers/scripts/{scriptName}/schedules",
  update: "PUT accounts/{accountId}/workers/scripts/{scriptName}/schedules",
  read: "GET accounts/{accountId}/workers/scripts/{scriptName}/schedules",
  import: { form: "<account_id>/<script_name>", properties: ["accountId", "scriptName"] },
  body: (planned) => toWire(CRON_FIELDS, planned).schedules ?? [],
  finish: (state) => ({ ...state, id: state.scriptName ?? null }),
};

export const workersRoute: Description = {
  type: "cloudflare:index/workersRoute:WorkersRoute",
  fields: { id: stable, zoneId: pathKey, pattern: required, script: optional },
  id: "id",
  create: "POST zones/{zoneId}/workers/routes",
  update: "PUT zones/{zoneId}/workers/routes/{id}",
  read: "GET zones/{zoneId}/workers/routes/{id}",
  delete: "DELETE zones/{zoneId}/workers/routes/{id}",
  import: { form: "<zone_id>/<route_id>", properties: ["zoneId", "id"] },
};

/** From 5.23 on the create is followed by a GET, since its answer can be without what the program left open. */
export const workersCustomDomain: Description = {
  type: "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
  fields: {
    id: stable,
    accountId: pathKey,
    hostname: { mode: "required", replace: true },
    service: { mode: "required", replace: true },
    environment: { mode: "both", replace: "if-given" },
    zoneId: { mode: "both", replace: "if-given" },
    zoneName: { mode: "both", replace: "if-given" },
    certId: computed,
  },
  id: "id",
  create: "PUT accounts/{accountId}/workers/domains",
  readAfterCreate: true,
  read: "GET accounts/{accountId}/workers/domains/{id}",
  delete: "DELETE accounts/{accountId}/workers/domains/{id}",
  import: { form: "<account_id>/<domain_id>", properties: ["accountId", "id"] },
};
