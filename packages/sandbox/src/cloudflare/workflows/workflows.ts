import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, listing, notInTheSandbox, success } from "../envelope.ts";
import { type CloudflareContext, scripts } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { liveBindings } from "../scripts/referrers.ts";
import { findScript, publish, requireUploaded } from "../scripts/state.ts";
import { type WorkflowRecord, workflows, workflowsOf } from "./records.ts";

const Workflow = v.object({
  class_name: v.pipe(v.string(), v.minLength(1)),
  script_name: v.pipe(v.string(), v.minLength(1)),
  limits: v.nullish(v.object({ steps: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))) })),
  concurrency: v.nullish(v.record(v.string(), v.unknown())),
  schedules: v.nullish(v.array(v.unknown())),
  // Instances are kept until the Workflow is deleted, so any retention is kept too.
  default_retention: v.nullish(v.record(v.string(), v.unknown())),
  jurisdiction: v.nullish(v.string()),
});

/** The form that wrangler takes, and Cloudflare's limit. */
const NAME = /^[a-zA-Z0-9_][a-zA-Z0-9-_]{0,63}$/;

/**
 * Without `instances`, the number of them by state: workerd alone knows their states. `triggered_on`, the time of the
 * last one, is not known for the same reason.
 */
function view(context: CloudflareContext, account: string, workflow: WorkflowRecord) {
  const deleted = findScript(context, account, workflow.scriptName) === undefined;
  return { ...common(workflow), ...(deleted ? { script_deleted: true } : {}) };
}

function common(workflow: WorkflowRecord) {
  return {
    id: workflow.id,
    name: workflow.name,
    class_name: workflow.className,
    script_name: workflow.scriptName,
    created_on: workflow.createdOn,
    modified_on: workflow.modifiedOn,
    triggered_on: null,
  };
}

/** 10200, by which wrangler knows that the name is free. */
function requireWorkflow(request: ApiRequest, { store }: CloudflareContext): WorkflowRecord {
  const found = store.get(workflows, [request.param("account"), request.param("workflow")]);
  if (found === undefined) throw fault(404, 10200, "workflow.not_found");
  return found;
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const account = request.param("account");
  const search = request.query.get("search") ?? "";
  const found = workflowsOf(context.store, account).filter(({ name }) => name.includes(search));
  return listing(
    found.map((workflow) => view(context, account, workflow)),
    request.query,
  );
}

/** Registers the class of a deployed script, or moves the name to another one. */
async function put(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("workflow")];
  if (!NAME.test(name))
    throw fault(
      400,
      10026,
      "A Workflow's name has at most 64 letters, digits, - and _, and begins with no -.",
    );
  const sent = checked(Workflow, await request.json(), "Workflow");
  if (sent.concurrency?.limit != null) throw notInTheSandbox("a limit of concurrent Workflow instances");
  if ((sent.schedules ?? []).length > 0) throw notInTheSandbox("schedules of a Workflow; use cron triggers");
  if (sent.jurisdiction != null) throw notInTheSandbox("the jurisdiction of a Workflow");
  requireUploaded(context, account, sent.script_name);
  const before = context.store.get(workflows, [account, name]);
  const now = context.now().toISOString();
  const steps = sent.limits?.steps;
  const workflow: WorkflowRecord = {
    id: before?.id ?? randomUUID(),
    name,
    className: sent.class_name,
    scriptName: sent.script_name,
    createdOn: before?.createdOn ?? now,
    modifiedOn: now,
    versionId: randomUUID(),
    ...(steps == null ? {} : { maxSteps: steps }),
  };
  context.store.put(workflows, [account, name], workflow);
  publishBound(context, account, name);
  return success({
    ...common(workflow),
    version_id: workflow.versionId,
    is_deleted: 0,
    terminator_running: 0,
  });
}

/** Its instances go with it; the script and the bindings to it stay. */
async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const { name } = requireWorkflow(request, context);
  context.store.delete(workflows, [account, name]);
  publishBound(context, account, name);
  await context.workers.data.drop({ kind: "workflow", workflowName: name });
  return success({ status: "ok", success: true });
}

/** What a binding finds is the Workflow's matter, so the scripts that are bound to it are told. */
function publishBound(context: CloudflareContext, account: string, name: string): void {
  for (const { record } of context.store.list(scripts, [account])) {
    const bound = liveBindings(context, record).some(
      ({ type, fields }) => type === "workflow" && fields.workflow_name === name,
    );
    if (bound) publish(context, record);
  }
}

const WORKFLOWS = "/client/v4/accounts/:account/workflows";
const WORKFLOW = `${WORKFLOWS}/:workflow`;

export const workflowRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: WORKFLOWS, operation: "WorkflowsList", handle: list },
  {
    method: "GET",
    path: WORKFLOW,
    operation: "WorkflowsGet",
    handle: (request, context) =>
      success(view(context, request.param("account"), requireWorkflow(request, context))),
  },
  { method: "PUT", path: WORKFLOW, operation: "WorkflowsUpdate", handle: put },
  { method: "DELETE", path: WORKFLOW, operation: "WorkflowsDelete", handle: remove },
];
