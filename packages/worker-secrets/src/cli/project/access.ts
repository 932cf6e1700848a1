import { type PulumiClient, pulumiClient } from "../../api/pulumi.ts";
import type { LookFor } from "../../program/other-owner.ts";
import { valueTree } from "../../program/values.ts";
import type { Context } from "./context.ts";

/** The deploy token and account, as their Environment holds them. The token is secret. */
export interface DeployAccess {
  readonly accountId: string | undefined;
  readonly token: string | undefined;
}

/** The client for the Environments, which may be another organization's than the stack. */
export function environmentsClient({ pulumi }: Context, organization: string): PulumiClient {
  return pulumiClient(pulumi.url, pulumi.token, organization);
}

/** Where other stacks are looked for that have the scripts. */
export function lookFor(
  { pulumi, names }: Context,
  { organization }: { readonly organization: string },
  accountId: string,
): LookFor {
  return { pulumi, organization, definition: names.definition, accountId };
}

/** Throws `ServiceError` where it can't be opened. */
export async function deployAccess(client: PulumiClient, environment: string): Promise<DeployAccess> {
  const { shared } = valueTree(await client.openEnvironment(environment));
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return { accountId: text(shared.CLOUDFLARE_ACCOUNT_ID), token: text(shared.CLOUDFLARE_API_TOKEN) };
}
