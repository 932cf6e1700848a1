import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, notFound } from "../errors.ts";
import { body } from "../input.ts";
import { E, findEnvironment } from "./find.ts";
import { type Environment, type Schedule, schedules } from "./records.ts";

/**
 * Schedules of rotations: kept and read back, and never carried out, since nothing runs here while nobody asks. Every
 * write says so in the header of the service's warnings; `nextExecution` stays empty ("never"), and so does the history.
 */
const KEPT_ONLY = {
  "x-pulumi-warning":
    "the sandbox keeps rotation schedules and never runs them; rotate with 'pulumi env rotate'",
};

/** Times here are UTC without a zone, as the service writes them: `2026-11-23 22:54:59.000`. */
const timeOf = (iso: string) => iso.replace("T", " ").replace("Z", "");
/** The provider reads a schedule's own time back without fractions, and compares it with what it has. */
const secondOf = (iso: string) => timeOf(iso).slice(0, 19);

function view(environment: Environment, id: string, schedule: Schedule) {
  const { created, modified, cron, once, path, paused } = schedule;
  return {
    id,
    orgID: environment.organization,
    kind: "environment_rotation",
    paused,
    created: timeOf(created),
    modified: timeOf(modified),
    lastExecuted: "",
    nextExecution: "",
    definition: { environmentID: environment.id, environmentPath: path },
    ...(cron === undefined ? {} : { scheduleCron: cron }),
    ...(once === undefined ? {} : { scheduleOnce: secondOf(once) }),
  };
}

const timing = { scheduleCron: v.nullish(v.string(), ""), scheduleOnce: v.nullish(v.string(), "") };
const rotation = v.nullish(v.object({ environmentPath: v.nullish(v.string(), "") }));
const scheduleSchema = v.object({ ...timing, secretRotationRequest: rotation });

/** One of the two ways to say when; the other is taken away. */
function readTiming(
  wanted: v.InferOutput<typeof scheduleSchema>,
  now: Date,
): Pick<Schedule, "cron" | "once"> | undefined {
  const { scheduleCron: cron, scheduleOnce: once } = wanted;
  if (cron !== "" && once !== "") throw badRequest("only one of scheduleCron and scheduleOnce may be set");
  if (cron !== "") {
    if (!/^\s*\d{1,2}\s+\d{1,2}(\s+\S+){3}\s*$/.test(cron))
      throw badRequest(
        "scheduleCron must be a cron expression of five fields that runs at most once a day, such as '0 4 * * 1'",
      );
    return { cron };
  }
  if (once === "") return undefined;
  const time = /^\d{4}-\d\d-\d\dT/.test(once) ? new Date(once) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) throw badRequest("scheduleOnce must be an ISO 8601 time");
  if (time <= now) throw badRequest("scheduleOnce must be in the future");
  return { once: time.toISOString() };
}

async function create(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, scheduleSchema);
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    if (!wanted.secretRotationRequest) throw badRequest("secretRotationRequest is missing");
    const when = readTiming(wanted, context.now());
    if (when === undefined) throw badRequest("one of scheduleCron and scheduleOnce must be set");
    if (context.store.list(schedules, [environment.id]).length > 0)
      throw badRequest("the environment already has a schedule; only one is supported");
    const time = context.now().toISOString();
    const path = wanted.secretRotationRequest.environmentPath;
    const schedule = { ...when, path, paused: false, created: time, modified: time };
    const id = randomUUID();
    context.store.put(schedules, [environment.id, id], schedule);
    return json(200, view(environment, id, schedule), KEPT_ONLY);
  });
}

function find(request: ApiRequest, context: PulumiHalf) {
  const environment = findEnvironment(request, context);
  const id = request.param("schedule");
  const schedule = context.store.get(schedules, [environment.id, id]);
  if (schedule === undefined) throw notFound(`Schedule '${id}' not found`);
  return { environment, id, schedule };
}

/** Only what is given changes. */
async function update(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, scheduleSchema);
  return context.store.transaction(() => {
    const { environment, id, schedule } = find(request, context);
    const { cron, once, ...rest } = schedule;
    const before = { ...(cron === undefined ? {} : { cron }), ...(once === undefined ? {} : { once }) };
    const changed: Schedule = {
      ...rest,
      ...(readTiming(wanted, context.now()) ?? before),
      path: wanted.secretRotationRequest?.environmentPath ?? schedule.path,
      modified: context.now().toISOString(),
    };
    context.store.put(schedules, [environment.id, id], changed);
    return json(200, view(environment, id, changed), KEPT_ONLY);
  });
}

function setPaused(paused: boolean) {
  return (request: ApiRequest, context: PulumiHalf): Response =>
    context.store.transaction(() => {
      const { environment, id, schedule } = find(request, context);
      const modified = context.now().toISOString();
      context.store.put(schedules, [environment.id, id], { ...schedule, paused, modified });
      return empty(200);
    });
}

function remove(request: ApiRequest, context: PulumiHalf): Response {
  return context.store.transaction(() => {
    const { environment, id } = find(request, context);
    context.store.delete(schedules, [environment.id, id]);
    return empty(200);
  });
}

const ALL = `${E}/schedules`;
const ONE = `${ALL}/:schedule`;

export const scheduleRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: ALL,
    operation: "ListEnvironmentSchedule",
    handle: (request, context) => {
      const environment = findEnvironment(request, context);
      const found = context.store.list(schedules, [environment.id]);
      return json(200, {
        schedules: found.map(({ key, record }) => view(environment, key[1] ?? "", record)),
      });
    },
  },
  { method: "POST", path: ALL, operation: "CreateEnvironmentSchedule", handle: create },
  {
    method: "GET",
    path: ONE,
    operation: "ReadEnvironmentSchedule",
    handle: (request, context) => {
      const { environment, id, schedule } = find(request, context);
      return json(200, view(environment, id, schedule));
    },
  },
  { method: "PATCH", path: ONE, operation: "UpdateEnvironmentSchedule", handle: update },
  // pulumiservice.EnvironmentRotationSchedule updates by POST; the contract has PATCH alone.
  { method: "POST", path: ONE, operation: "UpdateEnvironmentSchedule", handle: update },
  { method: "DELETE", path: ONE, operation: "DeleteEnvironmentSchedule", handle: remove },
  { method: "POST", path: `${ONE}/pause`, operation: "PauseEnvironmentSchedule", handle: setPaused(true) },
  { method: "POST", path: `${ONE}/resume`, operation: "ResumeEnvironmentSchedule", handle: setPaused(false) },
  {
    method: "GET",
    path: `${ONE}/history`,
    operation: "ListEnvironmentScheduleHistory",
    handle: (request, context) => {
      find(request, context);
      return json(200, { scheduleHistoryEvents: [] });
    },
  },
];
