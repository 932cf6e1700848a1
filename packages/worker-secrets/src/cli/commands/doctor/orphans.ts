import { isDeepStrictEqual } from "node:util";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { isObject } from "../../../objects.ts";
import { hasDefinitionForm, isBlank } from "../../../program/mark.ts";
import { environmentNames } from "../../../program/names.ts";
import type { Context } from "../../project/context.ts";
import { type Check, warn } from "./check.ts";

/**
 * The line about an Environment of this project whose stack is gone. Deleting is proposed only after proof that nothing
 * goes with it: it holds nothing, it is a definition that files make again, or every value of it is in another
 * Environment, equal. Else it may be the only copy, of a stack that was renamed for example.
 */
export async function orphanCheck(
  { project, stack, organization }: Context,
  client: PulumiClient,
  name: string,
  others: readonly string[],
): Promise<Check> {
  const check = "orphaned Environments";
  const owner = name.slice(project.length + 1).replace(/-(cloudflare|secrets)$/, "");
  const detail = `${name}: there is no stack '${owner}'`;
  const stored = await client.environment(name);
  const spare =
    stored === undefined || isBlank(stored.yaml)
      ? "it holds nothing"
      : hasDefinitionForm(stored.yaml, environmentNames(project, owner))
        ? "it holds no value of its own"
        : await copyOf(client, name, others);
  if (spare !== undefined) return warn(check, `${detail}; ${spare}`, `pulumi env rm ${name}`);
  return warn(
    check,
    `${detail}; it may hold values that exist nowhere else`,
    `Look at it: pulumi env get ${name}. Was the stack renamed? Then take the name back (pulumi stack rename ${owner} --stack ${stack}), or copy it: pulumi env clone ${name} ${name.replace(`/${owner}`, `/${stack}`)}. Was the stack deleted by mistake? Restore it in the console of ${organization} (Stacks, Restore stacks)`,
  );
}

/** What has the same values; a caller who may not open one of them gets no proof. */
async function copyOf(
  client: PulumiClient,
  name: string,
  others: readonly string[],
): Promise<string | undefined> {
  const open = (environment: string) => client.openEnvironment(environment).catch(() => undefined);
  const values = await open(name);
  if (values === undefined) return undefined;
  for (const other of others) {
    const found = await open(other);
    if (found !== undefined && holds(found, values)) return `every value of it is in ${other} as well`;
  }
  return undefined;
}

function holds(all: Readonly<Record<string, unknown>>, some: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(some).every(([key, value]) => {
    const found = all[key];
    if (isObject(value) && isObject(found)) return holds(found, value);
    return isDeepStrictEqual(found, value);
  });
}
