import { printJson } from "../../terminal/command.ts";
import { print } from "../../terminal/output.ts";
import { describeKept } from "./environments.ts";
import type { TeardownPlan } from "./plan.ts";
import type { CloudflareProof } from "./prove.ts";

interface Done {
  readonly json: boolean;
  /** The steps that changed something. */
  readonly did: readonly string[];
}

/** The end of a teardown that leaves resources which are not the Workers' own. */
export function reportLeft(
  { context: { stack }, resources: { left: foreign } }: TeardownPlan,
  { json, did }: Done,
): void {
  if (json) printJson({ ok: true, stack, did, removed: [], foreign });
  else
    print([
      `The Workers of ${stack} and what belongs to them are destroyed. The stack and its Environments stay, because the program declares more: ${foreign.join(", ")}. To destroy that too, name it: --also NAME.`,
    ]);
}

/** The end of a teardown that leaves nothing. */
export function reportGone(
  { context, going, others }: TeardownPlan,
  {
    json,
    did,
    keepValues,
    cloudflare: { asked, leftAlone },
  }: Done & { readonly keepValues: boolean; readonly cloudflare: CloudflareProof },
): void {
  const { stack, names } = context;
  if (json) {
    const kept = [...(keepValues ? [names.secrets, names.cloudflare] : []), ...others];
    printJson({ ok: true, stack, did, removed: going, kept, cloudflareAsked: asked, leftAlone });
    return;
  }
  const proof = asked
    ? "Cloudflare has none of the stack's scripts, domains, routes and resources"
    : "Cloudflare was asked before its token's Environment went";
  print([
    `${stack} is gone: Pulumi Cloud has no such stack and none of ${going.join(", ")}; ${proof}.`,
    ...leftAlone.map(
      (name) =>
        `Worker '${name}' has a name that this stack declares, but this stack never made it: left as it is.`,
    ),
    ...others.map((name) => describeKept(name, context)),
  ]);
}
