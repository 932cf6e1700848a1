/** `pulumiservice:index:{DriftSchedule,TtlSchedule,EnvironmentRotationSchedule}`: created and updated by POST. */

import { isObject } from "../objects.ts";
import { type Properties, UNKNOWN, type Value } from "./properties.ts";
import { because } from "./pulumi-client.ts";
import { apiPath, type Fail, found, type IndexDescription, partsOf } from "./pulumi-resource.ts";

const STACK = { organization: {}, project: {}, stack: {} };

function stackSchedules(
  { organization, project, stack }: Properties,
  ...rest: readonly (Value | undefined)[]
) {
  return apiPath("stacks", organization, project, stack, "deployments", ...rest);
}

/** The three have this in common: where the calls of one go, what is sent, and what of an answer is an input. */
interface Schedule {
  readonly type: string;
  readonly kind: "drift" | "ttl" | "rotations";
  readonly name: string;
  readonly owner: "stack" | "environment";
  readonly inputs: IndexDescription["inputs"];
  /** `scheduleId` only for an update. */
  path(inputs: Properties, scheduleId?: Value): string;
  /** For read and delete. */
  one(inputs: Properties, scheduleId: Value): string;
  body(inputs: Properties): Properties;
  read(answer: Properties): Properties;
  check?(inputs: Properties, fail: Fail): Properties;
}

function schedule({
  type,
  kind,
  name,
  owner,
  inputs,
  path,
  one,
  body,
  read,
  check,
}: Schedule): IndexDescription {
  const form = `organization/project/${owner}/=${kind}/scheduleId`;
  return {
    type,
    inputs,
    outputs: ["scheduleId"],
    ...(check ? { check } : {}),
    async create(client, given) {
      const { id } = await client
        .ask("POST", path(given), body(given))
        .catch(because(`error creating ${name}`));
      const state = { ...given, scheduleId: id ?? null };
      return { id: `${given.organization}/${given.project}/${given[owner]}/${kind}/${id}`, state };
    },
    async update(client, given, { scheduleId = null }) {
      const { id } = await client
        .ask("POST", path(given, scheduleId), body(given))
        .catch(because(`error updating ${name}`));
      return { ...given, scheduleId: id ?? null };
    },
    async read(client, id) {
      const [organization = "", project = "", owned = "", , scheduleId = ""] = partsOf(id, form);
      const of = { organization, project, [owner]: owned };
      const failure = `failed to read ${type.split(":").at(-1)} ("${id}")`;
      const answer = await found(failure, client.ask("GET", one(of, scheduleId)));
      if (!answer) return undefined;
      const said = { ...of, ...read(answer) };
      return { inputs: said, state: { ...said, scheduleId } };
    },
    async delete(client, state) {
      const what = `failed to delete ${owner} schedule with scheduleId ${String(state.scheduleId)} `;
      await client.ask("DELETE", one(state, state.scheduleId ?? null)).catch(because(what));
    },
  };
}

export const driftSchedule = schedule({
  type: "pulumiservice:index:DriftSchedule",
  kind: "drift",
  name: "drift schedule",
  owner: "stack",
  inputs: { ...STACK, scheduleCron: { update: true }, autoRemediate: { update: true, default: false } },
  path: (of, id) => stackSchedules(of, "drift", "schedules", ...(id === undefined ? [] : [id])),
  one: (of, id) => stackSchedules(of, "schedules", id),
  body: ({ scheduleCron = null, autoRemediate }) => ({
    scheduleCron,
    ...(autoRemediate === true ? { autoRemediate } : {}),
  }),
  read: (answer) => ({
    scheduleCron: answer.scheduleCron ?? null,
    autoRemediate: optionsOf(answer).remediateIfDriftDetected ?? false,
  }),
});

export const ttlSchedule = schedule({
  type: "pulumiservice:index:TtlSchedule",
  kind: "ttl",
  name: "TTL schedule",
  owner: "stack",
  inputs: { ...STACK, timestamp: {}, deleteAfterDestroy: { update: true, default: false } },
  path: (of, id) => stackSchedules(of, "ttl", "schedules", ...(id === undefined ? [] : [id])),
  one: (of, id) => stackSchedules(of, "schedules", id),
  body: ({ timestamp = null, deleteAfterDestroy }) => ({
    timestamp,
    ...(deleteAfterDestroy === true ? { deleteAfterDestroy } : {}),
  }),
  read: (answer) => ({
    timestamp: timestampOf(answer.scheduleOnce),
    deleteAfterDestroy: optionsOf(answer).deleteAfterDestroy ?? false,
  }),
  check(inputs, fail) {
    checkTimestamp(inputs, fail);
    return inputs;
  },
});

export const environmentRotationSchedule = schedule({
  type: "pulumiservice:index:EnvironmentRotationSchedule",
  kind: "rotations",
  name: "environment rotation schedule",
  owner: "environment",
  inputs: {
    organization: {},
    project: {},
    environment: {},
    scheduleCron: { optional: true, update: true },
    timestamp: { optional: true },
  },
  path: ({ organization, project, environment }, id) =>
    apiPath(
      ...["esc", "environments", organization, project, environment, "schedules"],
      ...(id === undefined ? [] : [id]),
    ),
  one: ({ organization, project, environment }, id) =>
    apiPath("esc", "environments", organization, project, environment, "schedules", id),
  body: ({ scheduleCron, timestamp }) => ({
    ...(scheduleCron === undefined ? {} : { scheduleCron }),
    ...(timestamp === undefined ? {} : { scheduleOnce: timestamp }),
    secretRotationRequest: {},
  }),
  read: ({ scheduleCron = null, scheduleOnce = null }) => ({
    ...(scheduleCron === null ? {} : { scheduleCron }),
    ...(scheduleOnce === null ? {} : { timestamp: timestampOf(scheduleOnce) }),
  }),
  check(inputs, fail) {
    const given = [inputs.scheduleCron, inputs.timestamp].filter((value) => (value ?? "") !== "");
    if (given.length !== 1) {
      fail("scheduleCron", "exactly one of scheduleCron or timestamp must be specified");
    }
    checkTimestamp(inputs, fail);
    return inputs;
  },
});

function optionsOf({ definition }: Properties): Properties {
  const member = (value: Value | undefined, name: string) => (isObject(value) ? value[name] : undefined);
  const options = member(member(member(definition, "request"), "operationContext"), "options");
  return isObject(options) ? options : {};
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function checkTimestamp({ timestamp }: Properties, fail: Fail): void {
  if (typeof timestamp !== "string" || timestamp === UNKNOWN || timestamp === "") return;
  if (RFC_3339.test(timestamp) && !Number.isNaN(Date.parse(timestamp))) return;
  fail("timestamp", `timestamp must be in RFC 3339 format: parsing time "${timestamp}"`);
}

/** The service says `2030-01-02 03:04:05`, in UTC; anything else is an error. */
function timestampOf(scheduleOnce: Value | undefined): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(String(scheduleOnce)) ?? [];
  if (!day || !time) throw new Error(`parsing time "${String(scheduleOnce)}" as "2006-01-02 15:04:05"`);
  return `${day}T${time}Z`;
}
