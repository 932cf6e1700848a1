import * as v from "valibot";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { environmentUpkeep } from "../../../api/pulumi-revisions.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import { resourcesOf } from "../../../program/deployed.ts";
import { declaredData } from "../../../program/protection/data.ts";
import { deployAccount } from "../../project/access.ts";
import type { Context } from "../../project/context.ts";
import { type Declared, readDeclared } from "../../project/declared.ts";
import { openStackFile, type StackFile } from "../../project/stack-file.ts";
import { fullBuckets } from "./buckets.ts";
import { importedElsewhere, whoseAre } from "./environments.ts";
import { type Division, divide } from "./foreign.ts";

/** What a teardown found before it changes anything. */
export interface TeardownPlan {
  readonly context: Context;
  readonly declared: Declared;
  /** For the organization of the Environments. */
  readonly client: PulumiClient;
  readonly state: unknown;
  /** Text of the definition, while it is there. */
  readonly definition: string | undefined;
  /** Environments that go, the definition last: it tells a repeat which scripts were the stack's own. */
  readonly going: readonly string[];
  /** Environments that stay because they are somebody else's. */
  readonly others: readonly string[];
  readonly resources: Division;
  /** URNs, of those that are to go, that the engine refuses to delete. */
  readonly kept: readonly string[];
}

interface PlanOptions {
  readonly protected: boolean;
  readonly keepValues: boolean;
  readonly also: readonly string[];
}

/** Reads what there is and divides it. Throws one `FaultsError` for everything that stands against it. */
export async function planTeardown(context: Context, options: PlanOptions): Promise<TeardownPlan> {
  const { project, stack, organization, names } = context;
  const file = existingFile(context);
  const declared = await readDeclared(context, file, { mayBeUnbuilt: true });
  const client = context.client.forOrganization(declared.organization);
  const named = options.keepValues
    ? (["definition"] as const)
    : (["secrets", "cloudflare", "definition"] as const);
  const [state, stored] = await Promise.all([
    context.client.exportStack(project, stack),
    client.environment(names.definition),
  ]);
  const { going, others } = await whoseAre(client, named, { organization, project, stack, names }, state);
  const resources = divide(state, {
    also: options.also,
    platform: file.config(NAMESPACE, "platform") !== undefined,
    declared: declared.workers.flatMap(declaredData),
  });
  const kept = protectedResources(state, resources.going);
  const plan = { context, declared, client, state, definition: stored?.yaml, going, others, resources, kept };
  const refusals = options.protected
    ? []
    : await protectionFaults(
        plan,
        file.shownAs,
        named.map((key) => names[key]),
      );
  refuseIfAny([...resources.faults, ...refusals]);
  if (resourcesOf(state).length > 0 && (await client.environment(names.cloudflare)) !== undefined)
    refuseIfAny(await fullBuckets(await deployAccount(plan), state, resources.going));
  return plan;
}

function existingFile({ stackFile }: Context): StackFile {
  const file = openStackFile(stackFile);
  if (file.exists) return file;
  throw new FaultsError([
    {
      where: file.shownAs,
      what: "the stack has no config file, so it is not known what it declares",
      fix: `Bring it back from git, or name another stack: --stack NAME`,
    },
  ]);
}

function protectedResources(state: unknown, going: readonly string[]): string[] {
  const shape = v.object({ urn: v.string(), protect: v.literal(true) });
  return resourcesOf(state).flatMap((resource) => {
    const parsed = v.safeParse(shape, resource);
    return parsed.success && going.includes(parsed.output.urn) ? [parsed.output.urn] : [];
  });
}

/** Where resources stay, so does every Environment. */
async function protectionFaults(
  { context, declared, client, going, resources, kept }: TeardownPlan,
  shownAs: string,
  named: readonly string[],
): Promise<Fault[]> {
  const environments = resources.left.length > 0 ? [] : going;
  const locked = await Promise.all(
    environments.map(async (name) =>
      (await environmentUpkeep(context.pulumi, declared.organization, name).deletionProtected())
        ? [name]
        : [],
    ),
  );
  const fix = "If it is really meant: --protected";
  return [
    ...(declared.prod ? [{ where: shownAs, what: "the stack is production (prod: true)", fix }] : []),
    ...kept.map((urn) => ({
      where: `resource ${urn.split("::").slice(2).join("::")}`,
      what: "it is protected; its data would go with it",
      fix,
    })),
    ...locked.flat().map((name) => ({
      where: `Environment ${name}`,
      what: "it is protected against deletion",
      fix,
    })),
    ...(await importedElsewhere(client, environments, [...named, context.names.definition])),
  ];
}
