import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import { seesStack } from "../access/caller.ts";
import { dropStackGrants, grantNewStack } from "../access/grants.ts";
import type { PulumiHalf } from "../context.ts";
import { deploymentSchedules, deploymentSettings } from "../deployments/records.ts";
import { createForStack } from "../environments/create.ts";
import { badRequest, conflict, notFound } from "../errors.ts";
import { organization, seconds, shaped, validName } from "../input.ts";
import { pageOf } from "../pages.ts";
import { settledStack } from "./endings.ts";
import { findStack, refuseWhileLocked } from "./find.ts";
import { holdsLock } from "./leases.ts";
import { parseObject, rawMembers, untypedDeployment } from "./raw.ts";
import { events, history, journals, type Stack, stacks, states, unversioned, updates } from "./records.ts";
import { lastUpdate, putStack, versionKey } from "./rows.ts";
import { stackConfigSchema, tagsSchema } from "./shapes.ts";

const createSchema = v.object({
  stackName: v.string(),
  tags: v.nullish(tagsSchema),
  teams: v.nullish(v.array(v.string())),
  config: v.nullish(stackConfigSchema),
});

async function create(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const owner = organization(request, context);
  const project = validName("the project's name", request.param("project"));
  const text = await request.text();
  const wanted = shaped(parseObject(text), createSchema);
  const name = validName("stackName", wanted.stackName);
  const raw = rawMembers(text).get("state");
  const state = raw === undefined || raw === "null" ? undefined : untypedDeployment(raw);
  return context.store.transaction(() => {
    if (context.store.get(stacks, [owner, project, name]) !== undefined) {
      // `already exists` is what the CLI looks for.
      throw conflict(`Stack '${owner}/${project}/${name}' already exists`);
    }
    const stack: Stack = {
      id: randomUUID(),
      organization: owner,
      project,
      name,
      tags: wanted.tags ?? {},
      version: 0,
      stateVersion: 0,
      ...(wanted.config ? { config: wanted.config } : {}),
      ...(state === undefined ? {} : { resourceCount: state.resourceCount }),
    };
    putStack(context, stack);
    if (state !== undefined) context.store.put(states, versionKey(stack, 0), state.text);
    if (wanted.config) createForStack(context, owner, wanted.config.environment);
    grantNewStack(context, stack, wanted.teams ?? []);
    return json(200, {});
  });
}

/** A stack as `GET S` shows it. `pulumi cancel` takes the update to end from `activeUpdate`. */
function view(stack: Stack, context: PulumiHalf) {
  const last = lastUpdate(context, stack);
  const running = last !== undefined && holdsLock(last, context.now().getTime());
  return {
    id: stack.id,
    orgName: stack.organization,
    projectName: stack.project,
    stackName: stack.name,
    activeUpdate: stack.lastUpdate ?? "",
    ...(running
      ? {
          currentOperation: {
            kind: last.kind,
            author: context.identity.user,
            started: seconds(last.started ?? last.created),
          },
        }
      : {}),
    tags: stack.tags,
    ...(stack.config === undefined ? {} : { config: stack.config }),
    version: stack.version,
  };
}

function list(request: ApiRequest, context: PulumiHalf): Response {
  const { query } = request;
  const wants = (name: string, value: string) => (query.get(name) ?? "") === "" || query.get(name) === value;
  const tagName = query.get("tagName") ?? "";
  const found = context.store.list(stacks).filter(({ record }) => {
    if (!seesStack(context.caller, context, record)) return false;
    if (!wants("organization", record.organization) || !wants("project", record.project)) return false;
    const tag = record.tags[tagName];
    return tagName === "" || (tag !== undefined && wants("tagValue", tag));
  });
  const { page, next } = pageOf(request, found);
  return json(200, {
    stacks: page.map(({ record }) => summary(settledStack(context, record))),
    // The CLI asks on for as long as there is a token.
    ...(next === undefined ? {} : { continuationToken: next }),
  });
}

function summary(stack: Stack) {
  return {
    id: stack.id,
    orgName: stack.organization,
    projectName: stack.project,
    stackName: stack.name,
    ...(stack.lastUpdated === undefined ? {} : { lastUpdate: seconds(stack.lastUpdated) }),
    ...(stack.resourceCount === undefined ? {} : { resourceCount: stack.resourceCount }),
  };
}

/** Everything that is kept under a stack's id, and goes with it. */
const OF_A_STACK = [
  updates,
  unversioned,
  history,
  states,
  events,
  journals,
  deploymentSettings,
  deploymentSchedules,
];

function remove(request: ApiRequest, context: PulumiHalf): Response {
  // The CLI says `force`, the pulumiservice provider `forceDestroy`.
  const force = ["force", "forceDestroy"].some((name) => request.query.get(name) === "true");
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    refuseWhileLocked(context, stack);
    if (!force && (stack.resourceCount ?? 0) > 0) {
      // The CLI compares this text exactly, to offer --force.
      throw badRequest("Stack still contains resources.");
    }
    context.store.delete(stacks, [stack.organization, stack.project, stack.name]);
    for (const kind of OF_A_STACK) context.store.deleteAll<unknown>(kind, [stack.id]);
    dropStackGrants(context, stack);
    return empty();
  });
}

function projectExists(request: ApiRequest, context: PulumiHalf): Response {
  const key = [organization(request, context), request.param("project")];
  if (context.store.list(stacks, key).length === 0) throw notFound(`Project '${key.join("/")}' not found`);
  return empty(200);
}

export const stackRoutes: readonly Route<PulumiHalf>[] = [
  { method: "GET", path: "/api/user/stacks", operation: "ListUserStacks", handle: list },
  { method: "HEAD", path: "/api/stacks/:org/:project", operation: "ProjectExists", handle: projectExists },
  { method: "POST", path: "/api/stacks/:org/:project", operation: "CreateStack", handle: create },
  {
    method: "GET",
    path: "/api/stacks/:org/:project/:stack",
    operation: "GetStack",
    handle: (request, context) => json(200, view(findStack(request, context), context)),
  },
  { method: "DELETE", path: "/api/stacks/:org/:project/:stack", operation: "DeleteStack", handle: remove },
  {
    method: "GET",
    path: "/api/stacks/:org/:project/:stack/resources/count",
    operation: "GetStackResourceCount",
    handle: (request, context) => {
      const stack = findStack(request, context);
      return json(200, { resourceCount: stack.resourceCount ?? 0, version: stack.version });
    },
  },
];
