import * as v from "valibot";
import { parse } from "yaml";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { deployVariables, editEnvironment, store } from "../../project/init-environments.ts";

/**
 * The token that was replaced and is still to be ended. It stands beside the values, in the revision that stores the new
 * token, so that an interruption at any point forgets neither. The id of a token is no secret.
 */
export interface Replaced {
  readonly id: string;
  readonly kind: "user" | "account";
}

const PLACE = ["values", "replacedToken"];
const record = v.object({
  values: v.object({ replacedToken: v.object({ id: v.string(), kind: v.picklist(["user", "account"]) }) }),
});

export function replacedToken(yaml: string): Replaced | undefined {
  const parsed = v.safeParse(record, parse(yaml));
  return parsed.success ? parsed.output.values.replacedToken : undefined;
}

/** One revision: the new token, and which one it replaces. */
export async function storeToken(
  client: PulumiClient,
  environment: string,
  account: { readonly accountId: string; readonly token: string },
  replaced: Replaced | undefined,
): Promise<void> {
  await editEnvironment(client, environment, (document) => {
    const token = deployVariables(account).filter(({ secret }) => secret);
    for (const variable of token) store(document, variable);
    if (replaced !== undefined) document.setIn(PLACE, document.createNode({ ...replaced }));
    return token.map(({ name }) => name);
  });
}

export async function forgetReplaced(client: PulumiClient, environment: string): Promise<void> {
  await editEnvironment(client, environment, (document) =>
    document.deleteIn(PLACE) ? ["replacedToken"] : [],
  );
}
