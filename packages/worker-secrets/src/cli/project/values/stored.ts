import { ServiceError } from "../../../api/http.ts";
import type { PulumiClient, StoredEnvironment } from "../../../api/pulumi.ts";
import { type Fault, refuseIfAny } from "../../../faults.ts";
import { type Definition, defineEnvironment, sameDocument, scriptsOf } from "../../../program/definition.ts";
import type { Standing } from "../../../program/mark.ts";
import { valueTree } from "../../../program/values.ts";
import type { Context } from "../context.ts";
import { definitionPlace, foreignFault, readStanding, valuesPlace } from "../environment-owner.ts";
import type { Stored } from "./slots.ts";

/** What there is of a stack in Pulumi Cloud before anything is written. */
export interface Before extends Stored {
  readonly exists: { readonly cloudflare: boolean; readonly secrets: boolean; readonly stack: boolean };
  /** Whose the Environments of values are; `undefined` for one that is not there. */
  readonly standing: Readonly<Record<"cloudflare" | "secrets", Standing | undefined>>;
  /** The stack's own definition is stored: it imports both Environments of values. */
  readonly attached: boolean;
  /** The texts of the Environments that hold values; empty for one that does not exist. */
  readonly texts: { readonly cloudflare: string; readonly secrets: string };
  readonly definition: {
    readonly state: "missing" | "sound" | "other";
    /** The revision that holds what is replaced, to look at later. */
    readonly revision: number | undefined;
    /** What it should be. */
    readonly wanted: Definition;
  };
}

/**
 * Reads it. The values are the opened ones, so that those which an Environment takes from another count too. Throws a
 * `FaultsError` where the Environment that the stack is to declare is somebody else's: nothing can be done then.
 */
export async function readBefore(
  { project, stack, organization, names, client: stacks }: Context,
  client: PulumiClient,
  secretsRevision: string | undefined,
): Promise<Before> {
  const faults: Fault[] = [];
  const owner = { organization, project, stack };
  const [cloudflare, secrets, definition, stackThere] = await Promise.all([
    openValues(client, names.cloudflare, faults),
    openValues(client, names.secrets, faults),
    client.environment(names.definition),
    stacks.stackExists(project, stack),
  ]);
  const place = definitionPlace(names, owner);
  const standing = await readStanding(client, place, definition);
  if (definition !== undefined && standing?.kind === "foreign")
    faults.push(await foreignFault(client, place, definition.yaml, standing));
  refuseIfAny(faults);
  // The stack itself adds its scripts' names with its first `up`; they tell which Workers are its own, so they stay.
  const scripts = scriptsOf(definition?.yaml, project);
  const wanted = defineEnvironment({ names, secretsRevision, scripts });
  const { shared } = valueTree(cloudflare?.values ?? {});
  const standingOf = (key: "cloudflare" | "secrets", found: Opened | undefined) =>
    readStanding(client, valuesPlace(names, key, owner), found?.stored);
  return {
    cloudflare: shared,
    secrets: valueTree(secrets?.values ?? {}),
    standing: {
      cloudflare: await standingOf("cloudflare", cloudflare),
      secrets: await standingOf("secrets", secrets),
    },
    texts: { cloudflare: cloudflare?.stored.yaml ?? "", secrets: secrets?.stored.yaml ?? "" },
    attached: definition !== undefined && definition.yaml.trim() !== "",
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

interface Opened {
  readonly stored: StoredEnvironment;
  readonly values: Readonly<Record<string, unknown>>;
}

/** `undefined` for one that is not there. */
async function openValues(
  client: PulumiClient,
  environment: string,
  faults: Fault[],
): Promise<Opened | undefined> {
  const stored = await client.environment(environment);
  if (stored === undefined) return undefined;
  try {
    return { stored, values: await client.openEnvironment(environment) };
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
