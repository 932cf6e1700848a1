import type { Properties } from "../src/providers/properties.ts";

type Calls = readonly (readonly [call: string, body?: unknown])[];

/** One resource type of pulumiservice: as it is declared, the calls of the real plugin, and what the API answers. */
export interface PulumiCase {
  readonly type: string;
  readonly inputs: Properties;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly create: Calls;
  readonly outputs?: Properties;
  readonly read: Calls;
  readonly change?: Properties;
  readonly update?: Calls;
  readonly replaces: Properties;
  readonly delete: Calls;
  /** A 404 in a read: gone, or the words of the error. */
  readonly missing: "gone" | RegExp;
}

const S = "/api/stacks/org/p/dev";
const E = "/api/esc/environments/org/p/e";
const TEAM = "/api/orgs/org/teams/ops";
const stack = { organization: "org", project: "p", stack: "dev" };
const environment = { organization: "org", project: "p", environment: "e" };

export const CASES: readonly PulumiCase[] = [
  {
    type: "index:Stack",
    inputs: { organizationName: "org", projectName: "p", stackName: "dev", forceDestroy: true },
    answers: {
      "POST /api/stacks/org/p": {},
      [`GET ${S}`]: { tags: {} },
      [`DELETE ${S}?forceDestroy=true`]: {},
    },
    id: "org/p/dev",
    create: [["POST /api/stacks/org/p", { stackName: "dev" }]],
    read: [[`GET ${S}`]],
    replaces: { organizationName: "o", projectName: "q", stackName: "s", forceDestroy: false },
    delete: [[`DELETE ${S}?forceDestroy=true`]],
    missing: "gone",
  },
  {
    type: "index:StackTag",
    inputs: { ...stack, name: "team", value: "ops" },
    answers: {
      [`POST ${S}/tags`]: {},
      [`GET ${S}`]: { tags: { team: "ops" } },
      [`DELETE ${S}/tags/team`]: {},
    },
    id: "org/p/dev/team",
    create: [[`POST ${S}/tags`, { name: "team", value: "ops" }]],
    read: [[`GET ${S}`]],
    replaces: { stack: "s", name: "other", value: "x" },
    delete: [[`DELETE ${S}/tags/team`]],
    missing: /failed to read StackTag .*404 API error/,
  },
  {
    type: "index:StackTags",
    inputs: { ...stack, tags: { b: "2", a: "1" } },
    answers: {
      [`POST ${S}/tags`]: {},
      [`GET ${S}`]: { tags: { a: "1", b: "2", "pulumi:project": "p" } },
      [`DELETE ${S}/tags/a`]: {},
      [`DELETE ${S}/tags/b`]: {},
    },
    id: "org/p/dev/tags",
    create: [
      [`POST ${S}/tags`, { name: "a", value: "1" }],
      [`POST ${S}/tags`, { name: "b", value: "2" }],
    ],
    read: [[`GET ${S}`]],
    change: { tags: { b: "3", c: "4" } },
    update: [
      [`DELETE ${S}/tags/a`],
      [`DELETE ${S}/tags/b`],
      [`POST ${S}/tags`, { name: "b", value: "3" }],
      [`POST ${S}/tags`, { name: "c", value: "4" }],
    ],
    replaces: { organization: "o", project: "q", stack: "s" },
    delete: [[`DELETE ${S}/tags/a`], [`DELETE ${S}/tags/b`]],
    missing: /failed to read stack tags/,
  },
  {
    type: "index:DriftSchedule",
    inputs: { ...stack, scheduleCron: "0 * * * *", autoRemediate: true },
    answers: {
      [`POST ${S}/deployments/drift/schedules`]: { id: "s1" },
      [`POST ${S}/deployments/drift/schedules/s1`]: { id: "s1" },
      [`GET ${S}/deployments/schedules/s1`]: {
        id: "s1",
        scheduleCron: "0 * * * *",
        definition: { request: { operationContext: { options: { remediateIfDriftDetected: true } } } },
      },
      [`DELETE ${S}/deployments/schedules/s1`]: {},
    },
    id: "org/p/dev/drift/s1",
    create: [[`POST ${S}/deployments/drift/schedules`, { scheduleCron: "0 * * * *", autoRemediate: true }]],
    outputs: { scheduleId: "s1" },
    read: [[`GET ${S}/deployments/schedules/s1`]],
    change: { autoRemediate: false },
    update: [[`POST ${S}/deployments/drift/schedules/s1`, { scheduleCron: "0 * * * *" }]],
    replaces: { stack: "s" },
    delete: [[`DELETE ${S}/deployments/schedules/s1`]],
    missing: "gone",
  },
  {
    type: "index:TtlSchedule",
    inputs: { ...stack, timestamp: "2030-01-02T03:04:05Z", deleteAfterDestroy: false },
    answers: {
      [`POST ${S}/deployments/ttl/schedules`]: { id: "t1" },
      [`POST ${S}/deployments/ttl/schedules/t1`]: { id: "t1" },
      [`GET ${S}/deployments/schedules/t1`]: {
        id: "t1",
        scheduleOnce: "2030-01-02 03:04:05",
        definition: {},
      },
      [`DELETE ${S}/deployments/schedules/t1`]: {},
    },
    id: "org/p/dev/ttl/t1",
    create: [[`POST ${S}/deployments/ttl/schedules`, { timestamp: "2030-01-02T03:04:05Z" }]],
    outputs: { scheduleId: "t1" },
    read: [[`GET ${S}/deployments/schedules/t1`]],
    change: { deleteAfterDestroy: true },
    update: [
      [
        `POST ${S}/deployments/ttl/schedules/t1`,
        { timestamp: "2030-01-02T03:04:05Z", deleteAfterDestroy: true },
      ],
    ],
    replaces: { timestamp: "2031-01-02T03:04:05Z", stack: "s" },
    delete: [[`DELETE ${S}/deployments/schedules/t1`]],
    missing: "gone",
  },
  {
    type: "index:EnvironmentRotationSchedule",
    inputs: { ...environment, scheduleCron: "0 0 * * *" },
    answers: {
      [`POST ${E}/schedules`]: { id: "r1" },
      [`POST ${E}/schedules/r1`]: { id: "r1" },
      [`GET ${E}/schedules/r1`]: { id: "r1", scheduleCron: "0 0 * * *" },
      [`DELETE ${E}/schedules/r1`]: {},
    },
    id: "org/p/e/rotations/r1",
    create: [[`POST ${E}/schedules`, { scheduleCron: "0 0 * * *", secretRotationRequest: {} }]],
    outputs: { scheduleId: "r1" },
    read: [[`GET ${E}/schedules/r1`]],
    change: { scheduleCron: "0 1 * * *" },
    update: [[`POST ${E}/schedules/r1`, { scheduleCron: "0 1 * * *", secretRotationRequest: {} }]],
    replaces: { environment: "f" },
    delete: [[`DELETE ${E}/schedules/r1`]],
    missing: "gone",
  },
  {
    type: "index:EnvironmentVersionTag",
    inputs: { ...environment, tagName: "stable", revision: 3 },
    answers: {
      [`POST ${E}/versions/tags`]: {},
      [`PATCH ${E}/versions/tags/stable`]: {},
      [`GET ${E}/versions/tags/stable`]: { name: "stable", revision: 3 },
      [`DELETE ${E}/versions/tags/stable`]: {},
    },
    id: "org/p/e/stable",
    create: [[`POST ${E}/versions/tags`, { name: "stable", revision: 3 }]],
    read: [[`GET ${E}/versions/tags/stable`]],
    change: { revision: 4 },
    update: [[`PATCH ${E}/versions/tags/stable`, { revision: 4 }]],
    replaces: { tagName: "other", environment: "f" },
    delete: [[`DELETE ${E}/versions/tags/stable`]],
    missing: "gone",
  },
  {
    type: "index:Team",
    inputs: {
      organizationName: "org",
      teamType: "pulumi",
      name: "ops",
      displayName: "Ops",
      members: ["ann", "bob"],
    },
    answers: {
      "POST /api/orgs/org/teams/pulumi": { name: "ops" },
      [`PATCH ${TEAM}`]: {},
      [`GET ${TEAM}`]: {
        kind: "pulumi",
        name: "ops",
        displayName: "Ops",
        description: "",
        members: [{ githubLogin: "bob" }, { githubLogin: "ann" }],
      },
      [`DELETE ${TEAM}`]: {},
    },
    id: "org/ops",
    create: [
      [
        "POST /api/orgs/org/teams/pulumi",
        { organization: "org", teamType: "pulumi", name: "ops", displayName: "Ops", description: "" },
      ],
      [`PATCH ${TEAM}`, { memberAction: "add", member: "ann" }],
      [`PATCH ${TEAM}`, { memberAction: "add", member: "bob" }],
      [`GET ${TEAM}`],
    ],
    read: [[`GET ${TEAM}`]],
    change: { description: "On call", members: ["bob", "cy"] },
    update: [
      [`PATCH ${TEAM}`, { newDisplayName: "Ops", newDescription: "On call" }],
      [`PATCH ${TEAM}`, { memberAction: "remove", member: "ann" }],
      [`PATCH ${TEAM}`, { memberAction: "add", member: "cy" }],
    ],
    replaces: { organizationName: "o", name: "dev" },
    delete: [[`DELETE ${TEAM}`]],
    missing: "gone",
  },
  {
    type: "index:TeamStackPermission",
    inputs: { ...stack, team: "ops", permission: 102 },
    answers: {
      [`PATCH ${TEAM}`]: {},
      [`GET ${TEAM}`]: { name: "ops", stacks: [{ projectName: "p", stackName: "dev", permission: 102 }] },
    },
    id: "org/p/dev/ops",
    create: [
      [`PATCH ${TEAM}`, { addStackPermission: { projectName: "p", stackName: "dev", permission: 102 } }],
    ],
    read: [[`GET ${TEAM}`]],
    replaces: { permission: 103, team: "dev" },
    delete: [[`PATCH ${TEAM}`, { removeStack: { projectName: "p", stackName: "dev" } }]],
    missing: /failed to get team stack permission/,
  },
  {
    type: "index:TeamEnvironmentPermission",
    inputs: { ...environment, team: "ops", permission: "open", maxOpenDuration: "1h30m0s" },
    answers: {
      [`PATCH ${TEAM}`]: {},
      [`GET ${TEAM}`]: {
        environments: [{ projectName: "p", envName: "e", permission: "open", maxOpenDuration: "1h30m0s" }],
      },
    },
    id: "org/ops/p+e",
    create: [
      [
        `PATCH ${TEAM}`,
        {
          addEnvironmentPermission: {
            envName: "e",
            projectName: "p",
            permission: "open",
            maxOpenDuration: "1h30m0s",
          },
        },
      ],
    ],
    read: [[`GET ${TEAM}`]],
    replaces: { permission: "write", maxOpenDuration: "2h0m0s" },
    delete: [[`PATCH ${TEAM}`, { removeEnvironment: { envName: "e", projectName: "p" } }]],
    missing: /failed to get team environment permission/,
  },
  {
    type: "api/esc:RevisionTag",
    inputs: { orgName: "org", projectName: "p", envName: "e", name: "stable", revision: 3 },
    answers: {
      [`POST ${E}/versions/tags`]: {},
      [`PATCH ${E}/versions/tags/stable`]: {},
      [`GET ${E}/versions/tags/stable`]: { name: "stable", revision: 3 },
      [`DELETE ${E}/versions/tags/stable`]: {},
    },
    id: "org/p/e/stable",
    create: [[`POST ${E}/versions/tags`, { name: "stable", revision: 3 }], [`GET ${E}/versions/tags/stable`]],
    read: [[`GET ${E}/versions/tags/stable`]],
    change: { revision: 4 },
    update: [[`PATCH ${E}/versions/tags/stable`, { revision: 4 }], [`GET ${E}/versions/tags/stable`]],
    replaces: { orgName: "o", name: "other" },
    delete: [[`DELETE ${E}/versions/tags/stable`]],
    missing: /returned 404/,
  },
  {
    type: "api/esc:EnvironmentTag",
    inputs: { orgName: "org", projectName: "p", envName: "e", name: "team", value: "ops" },
    answers: {
      [`POST ${E}/tags`]: {},
      [`PATCH ${E}/tags/team`]: {},
      [`GET ${E}/tags/team`]: { name: "team", value: "ops" },
      [`DELETE ${E}/tags/team`]: {},
    },
    id: "org/p/e/team",
    create: [[`POST ${E}/tags`, { name: "team", value: "ops" }], [`GET ${E}/tags/team`]],
    read: [[`GET ${E}/tags/team`]],
    change: { value: "dev" },
    update: [[`PATCH ${E}/tags/team`, {}], [`GET ${E}/tags/team`]],
    replaces: { name: "other" },
    delete: [[`DELETE ${E}/tags/team`]],
    missing: /returned 404/,
  },
];
