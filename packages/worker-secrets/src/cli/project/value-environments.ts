import { ServiceError } from "../../api/http.ts";
import type { PulumiClient } from "../../api/pulumi.ts";
import { environmentUpkeep, type Revision } from "../../api/pulumi-revisions.ts";
import { FaultsError } from "../../faults.ts";
import type { Context } from "./context.ts";
import type { Declared } from "./declared.ts";
import { absentFix } from "./deleted.ts";

/** The revisions of the stack's values, newest first. */
export function revisionsOf({
  context,
  declared,
}: {
  readonly context: Context;
  readonly declared: Declared;
}): Promise<readonly Revision[]> {
  const { pulumi, names } = context;
  return environmentUpkeep(pulumi, declared.organization, names.secrets)
    .revisions()
    .catch(notMade(context.client.forOrganization(declared.organization), context.stack, names.secrets));
}

/** The service only says that an Environment is not found: nobody has made the stack's yet, or somebody deleted it. */
export function notMade(
  client: PulumiClient,
  stack: string,
  environment: string,
): (error: unknown) => Promise<never> {
  return async (error) => {
    if (!(error instanceof ServiceError) || error.status !== 404) throw error;
    throw new FaultsError([
      {
        where: `Environment ${environment}`,
        what: "it is not there",
        fix: await absentFix(
          client,
          environment,
          `Make what the stack needs: npx worker-secrets init ${stack}`,
        ),
      },
    ]);
  };
}
