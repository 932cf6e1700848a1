import type { Fault } from "../faults.ts";
import type { OwnedState } from "./ownership.ts";
import type { Settings } from "./settings.ts";

/**
 * A stack whose resources are in another account than the one that its Environment names now: the engine would replace
 * them, which deletes the scripts, their Durable Objects and the declared data in the old account. A fault names both.
 */
export function otherAccount(
  { accountId, stack, names: { cloudflare } }: Pick<Settings, "accountId" | "stack" | "names">,
  state: OwnedState,
): Fault[] {
  return [...state.accounts()]
    .filter(([account]) => account !== accountId)
    .map(([account, held]) => ({
      where: `Environment ${cloudflare}, environmentVariables.CLOUDFLARE_ACCOUNT_ID`,
      what: `the stack's resources are in the account ${account}, and this names the account ${accountId}: an update would delete ${held.join(", ")} there, with their data, and create them empty here`,
      fix: `Go back to the account: pulumi env set ${cloudflare} environmentVariables.CLOUDFLARE_ACCOUNT_ID ${account}, with a token of it. To move: deploy a stack of another name to the new account (npx worker-secrets init ${stack}-moved), copy the data and move the domains, and then remove this one: npx worker-secrets teardown --stack ${stack}`,
    }));
}
