/** terraform-provider-cloudflare 5.22, internal/services/workflow. */

import { isObject } from "../objects.ts";
import type { Description } from "./cloudflare-resource.ts";
import { computed, optional, pathKey, required, stable } from "./terraform-fields.ts";

/** Sent, and never read back. */
const unread = { mode: "optional", kept: true } as const;

export const workflow: Description = {
  type: "cloudflare:index/workflow:Workflow",
  fields: {
    id: { mode: "computed", wire: false, stable: true },
    name: stable,
    accountId: pathKey,
    workflowName: pathKey,
    className: required,
    scriptName: required,
    concurrency: { ...unread, members: { limit: optional } },
    defaultRetention: { ...unread, members: { errorRetention: optional, successRetention: optional } },
    limits: { ...unread, members: { steps: optional } },
    schedules: { mode: "optional", members: { cron: required } },
    createdOn: stable,
    isDeleted: { mode: "computed", kept: true },
    modifiedOn: computed,
    scriptDeleted: computed,
    terminatorRunning: { mode: "computed", kept: true },
    triggeredOn: computed,
    versionId: { mode: "computed", kept: true },
    instances: computed,
  },
  id: "id",
  check({ limits }, fail) {
    const steps = isObject(limits) ? limits.steps : undefined;
    if (typeof steps === "number" && steps < 1)
      fail("limits.steps", `value must be at least 1, got: ${steps}`);
  },
  create: "PUT accounts/{accountId}/workflows/{workflowName}",
  update: "PUT accounts/{accountId}/workflows/{workflowName}",
  read: "GET accounts/{accountId}/workflows/{workflowName}",
  delete: "DELETE accounts/{accountId}/workflows/{workflowName}",
  import: { form: "<account_id>/<workflow_name>", properties: ["accountId", "workflowName"] },
  finish: (state) => ({ ...state, id: state.name ?? null }),
};
