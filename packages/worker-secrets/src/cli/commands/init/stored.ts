import { ServiceError } from "../../../api/http.ts";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { type Definition, defineEnvironment, sameDocument, scriptsOf } from "../../../program/definition.ts";
import { type Fault, refuseIfAny } from "../../../program/faults.ts";
import { valueTree } from "../../../program/values.ts";
import type { Context } from "../../project/context.ts";
import type { Stored } from "./slots.ts";

/** What there is of a stack in Pulumi Cloud before anything is written. */
export interface Before extends Stored {
  readonly exists: { readonly cloudflare: boolean; readonly secrets: boolean; readonly stack: boolean };
  readonly definition: {
    readonly state: "missing" | "sound" | "other";
    /** The revision that holds what is replaced, to look at later. */
    readonly revision: number | undefined;
    /** What it should be. */
    readonly wanted: Definition;
  };
}

/** Reads it. The values are the opened ones, so that those which an Environment takes from another count too. */
export async function readBefore(
  { project, stack, names, client: stacks }: Context,
  client: PulumiClient,
  secretsRevision: string | undefined,
): Promise<Before> {
  const faults: Fault[] = [];
  const [cloudflare, secrets, definition, stackThere] = await Promise.all([
    openValues(client, names.cloudflare, faults),
    openValues(client, names.secrets, faults),
    client.environment(names.definition),
    stacks.stackExists(project, stack),
  ]);
  refuseIfAny(faults);
  // The stack itself adds its scripts' names with its first `up`; they tell which Workers are its own, so they stay.
  const scripts = scriptsOf(definition?.yaml, project);
  const wanted = defineEnvironment({ project, stack, secretsRevision, scripts });
  const { shared } = valueTree(cloudflare ?? {});
  return {
    cloudflare: shared,
    secrets: valueTree(secrets ?? {}),
    exists: { cloudflare: cloudflare !== undefined, secrets: secrets !== undefined, stack: stackThere },
    definition: {
      state:
        definition === undefined || definition.yaml.trim() === ""
          ? "missing"
          : sameDocument(definition.yaml, wanted.yaml)
            ? "sound"
            : "other",
      revision: definition?.revision,
      wanted,
    },
  };
}

/** `undefined` for one that is not there. */
async function openValues(
  client: PulumiClient,
  environment: string,
  faults: Fault[],
): Promise<Record<string, unknown> | undefined> {
  if ((await client.environment(environment)) === undefined) return undefined;
  try {
    return await client.openEnvironment(environment);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status === 0 || error.status >= 500) throw error;
    faults.push({
      where: `Environment ${environment}`,
      what: `it is there but can't be opened: ${error.message}`,
      fix: `Mend it: pulumi env edit ${environment}`,
    });
    return undefined;
  }
}
