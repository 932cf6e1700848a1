import * as v from "valibot";
import { type ApiRequest, json, type Route } from "../../http/route.ts";
import { moveStackGrants } from "../access/grants.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, conflict } from "../errors.ts";
import { body, validName } from "../input.ts";
import { stateAt } from "./deployments.ts";
import { findStack, refuseWhileLocked } from "./find.ts";
import { parseObject, rawMembers, rawObject } from "./raw.ts";
import { stacks } from "./records.ts";
import { PROJECT_TAG } from "./shapes.ts";
import { writeState } from "./written.ts";

const renameSchema = v.object({
  newName: v.optional(v.string(), ""),
  newProject: v.optional(v.string(), ""),
});

interface StackName {
  readonly project: string;
  readonly name: string;
}

/** A rename is an update of its own: the state's URNs hold the stack's and the project's name. */
async function rename(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, renameSchema);
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const name = wanted.newName === "" ? stack.name : validName("newName", wanted.newName);
    const project = wanted.newProject === "" ? stack.project : validName("newProject", wanted.newProject);
    if (name === stack.name && project === stack.project) throw badRequest("No rename to apply.");
    refuseWhileLocked(context, stack);
    if (context.store.get(stacks, [stack.organization, project, name]) !== undefined) {
      throw conflict(`Stack '${stack.organization}/${project}/${name}' already exists`);
    }
    const text = renamedState(stateAt(context, stack, stack.version), stack, { project, name });
    context.store.delete(stacks, [stack.organization, stack.project, stack.name]);
    // The id stays, and with it the key that the stack's secrets are sealed with.
    const tags = Object.hasOwn(stack.tags, PROJECT_TAG)
      ? { ...stack.tags, [PROJECT_TAG]: project }
      : stack.tags;
    const renamed = { ...stack, name, project, tags };
    moveStackGrants(context, stack, renamed);
    const resourceCount = stack.resourceCount ?? 0;
    return json(200, { updateId: writeState(context, renamed, "rename", { text, resourceCount }) });
  });
}

/**
 * The state under the new name, as the service's own engine code renames one (`pkg/resource/edit`, `RenameStack`): every
 * URN of the stack, the root resource's name, and the stack that the service's secrets provider names. The text stays
 * as it is otherwise, since JavaScript can't hold every number of it; names need no escape in JSON.
 */
function renamedState(text: string, from: StackName, to: StackName): string {
  const urn = (name: StackName) => `urn:pulumi:${name.name}::${name.project}::`;
  const root = (name: StackName) => `${urn(name)}pulumi:pulumi:Stack::${name.project}-${name.name}`;
  const moved = text
    .replaceAll(`"${root(from)}"`, `"${root(to)}"`)
    .replaceAll(`"${urn(from)}`, `"${urn(to)}`);
  const members = rawMembers(moved);
  const deployment = members.get("deployment");
  if (deployment === undefined || deployment === "null") return moved;
  const inside = rawMembers(deployment);
  const provider = inside.get("secrets_providers");
  if (provider === undefined || provider === "null") return moved;
  const { type, state } = parseObject(provider);
  if (type !== "service" || typeof state !== "object" || state === null) return moved;
  inside.set(
    "secrets_providers",
    JSON.stringify({ type, state: { ...state, project: to.project, stack: to.name } }),
  );
  members.set("deployment", rawObject(inside));
  return rawObject(members);
}

export const renameRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: "/api/stacks/:org/:project/:stack/rename",
    operation: "RenameStack",
    handle: rename,
  },
];
