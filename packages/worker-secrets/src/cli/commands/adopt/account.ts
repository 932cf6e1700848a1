import { bearer, type Credential } from "../../../api/credential.ts";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { type Fault, refuseIfAny } from "../../../faults.ts";
import type { Context } from "../../project/context.ts";
import { ask } from "../../project/values/fill.ts";
import type { Given } from "../../project/values/given.ts";
import { decide, decisionFault, slotsOf } from "../../project/values/slots.ts";
import { readBefore } from "../../project/values/stored.ts";
import { verifyAccount } from "../../project/values/verify-account.ts";
import type { Terminal } from "../../terminal/prompts.ts";

export interface ChosenAccount {
  readonly accountId: string;
  readonly token: Credential;
  /** What was given, and what was typed in for it now: nobody is asked twice. */
  readonly given: readonly Given[];
}

/** The account and token to read the Worker with: the stored ones, the given ones, or asked for. Verified. */
export async function chooseAccount(
  context: Context,
  client: PulumiClient,
  given: readonly Given[],
  replace: readonly string[],
  terminal: Terminal | undefined,
): Promise<ChosenAccount> {
  const before = await readBefore(context, client, undefined);
  const decided = decide(slotsOf([], before, []), { given, generate: [], replace }, () => "");
  const all: Given[] = [...given];
  const values: string[] = [];
  const missing: Fault[] = [];
  let source = `stored in ${context.names.cloudflare}`;
  for (const decision of decided) {
    const settled =
      decision.kind === "missing" && terminal !== undefined ? await ask(decision.slot, terminal) : decision;
    const fault = decisionFault(settled);
    if (fault !== undefined) missing.push(fault);
    if (settled.kind === "kept") values.push(String(settled.slot.stored));
    if (settled.kind !== "store") continue;
    values.push(settled.value);
    source = settled.source;
    all.push({ name: settled.slot.name, value: settled.value, source, strict: false });
  }
  refuseIfAny(missing);
  const [accountId = "", text = ""] = values;
  const token = bearer(text);
  const { faults } = await verifyAccount({
    url: context.cloudflareUrl,
    accountId,
    token,
    needsSubdomain: false,
    source,
  });
  refuseIfAny(faults);
  return { accountId, token, given: all };
}
