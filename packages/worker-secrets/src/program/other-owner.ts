import { pMapSettled } from "p-map";
import * as v from "valibot";
import type { Token } from "../api/credential.ts";
import { ServiceError } from "../api/http.ts";
import { pulumiClient } from "../api/pulumi.ts";
import { environmentsOf } from "../api/pulumi-catalog.ts";
import { scriptsOf } from "./definition.ts";
import { resourcesOf } from "./deployed.ts";
import { MARK } from "./mark.ts";

/** Definitions that are read at most, those first whose stack is called as a script ends. */
const MOST_READ = 50;
const AT_ONCE = 8;

/** Where to look, and on behalf of whom. */
export interface LookFor {
  readonly pulumi: { readonly url: string; readonly token: Token };
  /** Of the Environments. */
  readonly organization: string;
  /** The name of the asking stack's own definition. */
  readonly definition: string;
  readonly accountId: string;
}

/**
 * Which scripts belong to another stack of the organization, of whatever project, as `<project>/<stack>` by script: its
 * stored definition names the script, and its state has it in this account. Two projects made from one template name their
 * Workers the same, so this is how the one learns of the other. What the caller may not read is not told.
 */
export async function otherOwners(
  { pulumi, organization, definition, accountId }: LookFor,
  scripts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  if (scripts.length === 0) return owners;
  const client = pulumiClient(pulumi.url, pulumi.token, organization);
  const ends = (name: string) => scripts.some((script) => script.endsWith(`-${name.split("/")[1]}`));
  const all = await unlessRefused(environmentsOf(pulumi, organization), []);
  const candidates = all
    .filter((name) => name !== definition && !/-(cloudflare|secrets)$/.test(name))
    .sort((one, other) => Number(ends(other)) - Number(ends(one)))
    .slice(0, MOST_READ);
  const look = async (name: string) => {
    const named = scriptsOf((await client.environment(name))?.yaml, name.split("/")[0] ?? "");
    const wanted = scripts.filter((script) => named.includes(script));
    if (wanted.length === 0) return;
    // By its mark, since a configured name says nothing of the stack. Versions that set none knew the default name alone.
    const mark = await client.environmentTag(name, MARK);
    const [project = "", stack = ""] = mark?.split("/").slice(1) ?? name.split("/");
    // A definition outlives its stack, and may be about another account.
    const made = scriptsIn(await client.exportStack(project, stack), accountId);
    for (const script of wanted) if (made.includes(script)) owners.set(script, `${project}/${stack}`);
  };
  await pMapSettled(candidates, look, { concurrency: AT_ONCE });
  return owners;
}

/** The same for one script; `undefined` where no other stack is known to have it. */
export async function otherOwner(look: LookFor, script: string): Promise<string | undefined> {
  return (await otherOwners(look, [script])).get(script);
}

const uploaded = v.object({
  type: v.literal("cloudflare:index/workersScript:WorkersScript"),
  inputs: v.object({ accountId: v.string(), scriptName: v.string() }),
});

function scriptsIn(deployment: unknown, accountId: string): string[] {
  return resourcesOf(deployment).flatMap((resource) => {
    const parsed = v.safeParse(uploaded, resource);
    return parsed.success && parsed.output.inputs.accountId === accountId
      ? [parsed.output.inputs.scriptName]
      : [];
  });
}

async function unlessRefused<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ServiceError) return otherwise;
    throw error;
  }
}
