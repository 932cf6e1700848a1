import type { AccountAccess } from "../../api/cloudflare.ts";
import { bearer, credentialFault } from "../../api/credential.ts";
import { FaultsError } from "../../faults.ts";
import type { LookFor } from "../../program/other-owner.ts";
import { valueTree } from "../../program/values.ts";
import type { Context } from "./context.ts";
import type { Declared } from "./declared.ts";
import { notMade } from "./value-environments.ts";

/** Where other stacks are looked for that have the scripts. */
export function lookFor(
  { pulumi, names }: Context,
  { organization }: { readonly organization: string },
  accountId: string,
): LookFor {
  return { pulumi, organization, definition: names.definition, accountId };
}

/** What `<stack>-cloudflare` holds of the access to the account. Throws `ServiceError` where it can't be opened. */
export async function storedAccess(
  { client, names }: Context,
  { organization }: Pick<Declared, "organization">,
): Promise<Partial<Pick<AccountAccess, "accountId" | "token">>> {
  const { shared } = valueTree(await client.forOrganization(organization).openEnvironment(names.cloudflare));
  const { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token } = shared;
  return {
    ...(typeof accountId === "string" && accountId !== "" ? { accountId } : {}),
    ...(typeof token === "string" && token !== "" ? { token: bearer(token) } : {}),
  };
}

/** The account and the deploy token, which have to be stored. */
export async function deployAccount({
  context,
  declared,
}: {
  readonly context: Context;
  readonly declared: Declared;
}): Promise<AccountAccess> {
  const { client, stack, names, cloudflareUrl } = context;
  const { accountId, token } = await storedAccess(context, declared).catch(
    notMade(client.forOrganization(declared.organization), stack, names.cloudflare),
  );
  const wrong = token === undefined ? undefined : credentialFault(token);
  if (wrong !== undefined)
    throw new FaultsError([
      {
        where: `Environment ${names.cloudflare}, CLOUDFLARE_API_TOKEN`,
        what: `${wrong}; it was not sent`,
        fix: "Store the token alone: npx worker-secrets rotate --token --value -",
      },
    ]);
  if (accountId !== undefined && token !== undefined) return { url: cloudflareUrl, accountId, token };
  throw new FaultsError([
    {
      where: `Environment ${names.cloudflare}`,
      what: "it does not hold CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN",
      fix: `Store them: npx worker-secrets init ${stack}`,
    },
  ]);
}
