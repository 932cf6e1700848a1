import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, notFound } from "../errors.ts";
import { body } from "../input.ts";
import { findStack } from "../state/find.ts";
import { S } from "../state/lease-routes.ts";
import type { Stack } from "../state/records.ts";
import { type DeploymentSchedule, deploymentSchedules } from "./records.ts";
import { hasSettings, sealedSettings } from "./settings.ts";
import { cronOf, onceOf } from "./timing.ts";

/** Schedules are kept and read back, and never carried out: every write says so in a warning that the CLI prints. */
const KEPT_ONLY = {
  "x-pulumi-warning": "the sandbox keeps deployment schedules and never runs them",
};

/** `2026-11-23 22:54:59.000`, UTC, as the service writes times of schedules. */
const timeOf = (milliseconds: number) =>
  new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "");

function view(stack: Stack, schedule: DeploymentSchedule) {
  return {
    id: schedule.id,
    orgID: stack.organization,
    kind: "deployment",
    paused: schedule.paused,
    created: timeOf(schedule.created),
    modified: timeOf(schedule.modified),
    lastExecuted: "",
    nextExecution: "",
    definition: { programID: stack.id, request: schedule.request },
    ...(schedule.cron === undefined ? {} : { scheduleCron: schedule.cron }),
    // The provider reads it in this form and compares it with what it has.
    ...(schedule.once === undefined ? {} : { scheduleOnce: timeOf(Date.parse(schedule.once)).slice(0, 19) }),
  };
}

/** What one of the three kinds of schedule sends, as the two things that are kept. */
type Wanted = Pick<DeploymentSchedule, "request"> & ({ readonly cron: string } | { readonly once: string });

const text = v.nullish(v.string(), "");
const flag = v.nullish(v.boolean(), false);

async function deployment(request: ApiRequest, { now }: PulumiHalf): Promise<Wanted> {
  const wanted = await body(
    request,
    v.object({
      scheduleCron: text,
      scheduleOnce: text,
      request: v.nullish(v.record(v.string(), v.unknown()), {}),
    }),
  );
  if ((wanted.scheduleCron === "") === (wanted.scheduleOnce === ""))
    throw badRequest("exactly one of scheduleCron and scheduleOnce must be set");
  const when =
    wanted.scheduleCron === ""
      ? onceOf(wanted.scheduleOnce, "scheduleOnce", now())
      : cronOf(wanted.scheduleCron);
  return { ...when, request: wanted.request };
}

async function drift(request: ApiRequest): Promise<Wanted> {
  const { scheduleCron, autoRemediate } = await body(
    request,
    v.object({ scheduleCron: text, autoRemediate: flag }),
  );
  const options = { remediateIfDriftDetected: autoRemediate };
  return {
    ...cronOf(scheduleCron),
    request: { inheritSettings: true, operation: "detect-drift", operationContext: { options } },
  };
}

async function ttl(request: ApiRequest, { now }: PulumiHalf): Promise<Wanted> {
  const { timestamp, deleteAfterDestroy } = await body(
    request,
    v.object({ timestamp: text, deleteAfterDestroy: flag }),
  );
  if (timestamp === "") throw badRequest("Timestamp needs to be set");
  return {
    ...onceOf(timestamp, "timestamp", now()),
    request: {
      inheritSettings: true,
      operation: "destroy",
      operationContext: { options: { deleteAfterDestroy } },
    },
  };
}

function find(request: ApiRequest, context: PulumiHalf): { stack: Stack; schedule: DeploymentSchedule } {
  const stack = findStack(request, context);
  const schedule = context.store.get(deploymentSchedules, [stack.id, request.param("schedule")]);
  if (schedule === undefined) throw notFound("ScheduledAction not found");
  return { stack, schedule };
}

function put(context: PulumiHalf, stack: Stack, schedule: DeploymentSchedule): Response {
  context.store.put(deploymentSchedules, [stack.id, schedule.id], schedule);
  return json(200, view(stack, schedule), KEPT_ONLY);
}

function create(request: ApiRequest, context: PulumiHalf, wanted: Wanted): Response {
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    if (!hasSettings(context, stack)) throw badRequest("Stack does not have deployment settings configured");
    const now = context.now().getTime();
    const kept = { ...wanted, request: sealedSettings(context, stack, wanted.request) };
    return put(context, stack, { id: randomUUID(), paused: false, created: now, modified: now, ...kept });
  });
}

function update(request: ApiRequest, context: PulumiHalf, wanted: Wanted): Response {
  return context.store.transaction(() => {
    const { stack, schedule } = find(request, context);
    const { id, paused, created } = schedule;
    const kept = { ...wanted, request: sealedSettings(context, stack, wanted.request) };
    return put(context, stack, { id, paused, created, modified: context.now().getTime(), ...kept });
  });
}

function pause(request: ApiRequest, context: PulumiHalf, paused: boolean): Response {
  return context.store.transaction(() => {
    const { stack, schedule } = find(request, context);
    put(context, stack, { ...schedule, paused });
    return empty(200);
  });
}

const D = `${S}/deployments`;

/** Create and update of one kind of schedule; reading and deleting is the same for all. */
function kind(
  path: string,
  name: string,
  read: (request: ApiRequest, context: PulumiHalf) => Promise<Wanted>,
): Route<PulumiHalf>[] {
  return [
    {
      method: "POST",
      path,
      operation: `Create${name}`,
      handle: async (request, context) => create(request, context, await read(request, context)),
    },
    {
      method: "POST",
      path: `${path}/:schedule`,
      operation: `Update${name}`,
      handle: async (request, context) => update(request, context, await read(request, context)),
    },
  ];
}

export const deploymentScheduleRoutes: readonly Route<PulumiHalf>[] = [
  ...kind(`${D}/drift/schedules`, "ScheduledDriftDeployment", drift),
  ...kind(`${D}/ttl/schedules`, "ScheduledTTLDeployment", ttl),
  ...kind(`${D}/schedules`, "ScheduledDeployment", deployment),
  {
    method: "GET",
    path: `${D}/schedules`,
    operation: "ListScheduledDeployment",
    handle: (request, context) => {
      const stack = findStack(request, context);
      const found = context.store.list(deploymentSchedules, [stack.id]);
      return json(200, { schedules: found.map(({ record }) => view(stack, record)) });
    },
  },
  {
    method: "GET",
    path: `${D}/schedules/:schedule`,
    operation: "ReadScheduledDeployment",
    handle: (request, context) => {
      const { stack, schedule } = find(request, context);
      return json(200, view(stack, schedule));
    },
  },
  {
    method: "DELETE",
    path: `${D}/schedules/:schedule`,
    operation: "DeleteScheduledDeployment",
    handle: (request, context) => {
      // One that is gone is no error: a schedule for one time goes by itself.
      const stack = findStack(request, context);
      context.store.delete(deploymentSchedules, [stack.id, request.param("schedule")]);
      return empty(200);
    },
  },
  {
    method: "POST",
    path: `${D}/schedules/:schedule/pause`,
    operation: "PauseScheduledDeployment",
    handle: (request, context) => pause(request, context, true),
  },
  {
    method: "POST",
    path: `${D}/schedules/:schedule/resume`,
    operation: "ResumeScheduledDeployment",
    handle: (request, context) => pause(request, context, false),
  },
  {
    method: "GET",
    path: `${D}/schedules/:schedule/history`,
    operation: "ListScheduledDeploymentHistory",
    handle: (request, context) => {
      find(request, context);
      return json(200, { scheduleHistoryEvents: [] });
    },
  },
];
