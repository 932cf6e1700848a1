import { ServiceError } from "../../../api/http.ts";
import { environmentUpkeep, type Revision } from "../../../api/pulumi-revisions.ts";
import { FaultsError } from "../../../program/faults.ts";
import type { Target } from "./target.ts";

/** The revisions of the stack's values, newest first. */
export function revisionsOf({ context, declared }: Target): Promise<readonly Revision[]> {
  const { pulumi, names } = context;
  return environmentUpkeep(pulumi, declared.organization, names.secrets)
    .revisions()
    .catch(notMade(context.stack, names.secrets));
}

/** The service only says that an Environment is not found: that is a stack whose Environments nobody has made yet. */
export function notMade(stack: string, environment: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ServiceError) || error.status !== 404) throw error;
    throw new FaultsError([
      {
        where: `Environment ${environment}`,
        what: "it is not there",
        fix: `Make what the stack needs: npm run -s ws -- init ${stack}`,
      },
    ]);
  };
}
