import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { checkReference } from "../environments/create.ts";
import { badRequest, notFound } from "../errors.ts";
import { body } from "../input.ts";
import { findStack } from "./find.ts";
import type { Stack } from "./records.ts";
import { putStack } from "./rows.ts";
import { isBuiltIn, PROJECT_TAG, stackConfigSchema, tagsSchema } from "./shapes.ts";

/** Rewrites one stack's record. */
function change(request: ApiRequest, context: PulumiHalf, edit: (stack: Stack) => Stack): void {
  context.store.transaction(() => putStack(context, edit(findStack(request, context))));
}

/** The CLI's own bounds, which the service has too. */
const LONGEST_VALUE = 256;

function checkTag(name: string, value: string): void {
  if (!/^[A-Za-z0-9_.:-]{1,40}$/.test(name))
    throw badRequest("a tag's name must be 1 to 40 letters, digits, '-', '_', '.' or ':'");
  if (value.length > LONGEST_VALUE)
    throw badRequest(`the value of tag '${name}' must have at most ${LONGEST_VALUE} characters`);
}

function known(stack: Stack, name: string): void {
  if (!Object.hasOwn(stack.tags, name)) throw notFound(`Tag '${name}' not found`);
}

/** The CLI sets these for all at once; one by one they can't be touched. */
function refuseBuiltIn(name: string, done: "deleted" | "updated"): void {
  if (isBuiltIn(name)) throw badRequest(`built-in tags cannot be ${done}`);
}

const S = "/api/stacks/:org/:project/:stack";

export const tagRoutes: readonly Route<PulumiHalf>[] = [
  {
    // The whole map: what is not in it is gone.
    method: "PATCH",
    path: `${S}/tags`,
    operation: "UpdateStackTags",
    handle: async (request, context) => {
      const tags = await body(request, tagsSchema);
      for (const [name, value] of Object.entries(tags)) checkTag(name, value);
      change(request, context, (stack) => {
        const project = tags[PROJECT_TAG];
        if (project !== undefined && project !== stack.project)
          throw badRequest("Cannot change project's name");
        return { ...stack, tags };
      });
      return empty();
    },
  },
  {
    method: "POST",
    path: `${S}/tags`,
    operation: "AddStackTag",
    handle: async (request, context) => {
      const { name, value } = await body(request, v.object({ name: v.string(), value: v.string() }));
      checkTag(name, value);
      change(request, context, (stack) => {
        // Not by the way of an update: the provider deletes first when a value changes.
        if (Object.hasOwn(stack.tags, name)) throw badRequest(`Tag '${name}' already exists`);
        return { ...stack, tags: { ...stack.tags, [name]: value } };
      });
      return empty();
    },
  },
  {
    method: "PATCH",
    path: `${S}/tags/:tag`,
    operation: "UpdateStackTag",
    handle: async (request, context) => {
      const { value } = await body(request, v.object({ value: v.string() }));
      const name = request.param("tag");
      change(request, context, (stack) => {
        known(stack, name);
        refuseBuiltIn(name, "updated");
        checkTag(name, value);
        return { ...stack, tags: { ...stack.tags, [name]: value } };
      });
      return empty();
    },
  },
  {
    method: "DELETE",
    path: `${S}/tags/:tag`,
    operation: "DeleteStackTag",
    handle: (request, context) => {
      const name = request.param("tag");
      change(request, context, (stack) => {
        known(stack, name);
        refuseBuiltIn(name, "deleted");
        const { [name]: _, ...tags } = stack.tags;
        return { ...stack, tags };
      });
      return empty();
    },
  },
];

/** The config that the service keeps for a stack: a link to an Environment. */
export const configRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: `${S}/config`,
    operation: "GetStackConfig",
    handle: (request, context) => {
      const { config } = findStack(request, context);
      if (config === undefined) throw notFound("The stack has no config in the service");
      return json(200, config);
    },
  },
  {
    method: "PUT",
    path: `${S}/config`,
    operation: "UpdateStackConfig",
    handle: async (request, context) => {
      const config = await body(request, stackConfigSchema);
      change(request, context, (stack) => {
        checkReference(context, stack.organization, config.environment);
        return { ...stack, config };
      });
      return json(200, config);
    },
  },
  {
    method: "DELETE",
    path: `${S}/config`,
    operation: "DeleteStackConfig",
    handle: (request, context) => {
      change(request, context, ({ config: _, ...stack }) => stack);
      return empty();
    },
  },
];
