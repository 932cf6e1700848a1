import type { PulumiHalf } from "../context.ts";
import { userInfo } from "../identity.ts";
import type { Environment } from "./records.ts";

/** An Environment as lists have it. */
export function viewOf(context: PulumiHalf, environment: Environment) {
  const { id, organization: owner, project, name, created, modified, tags, deletionProtected } = environment;
  return {
    id,
    organization: owner,
    project,
    name,
    created,
    modified,
    tags: Object.fromEntries(Object.entries(tags).map(([tag, { value }]) => [tag, value])),
    ownedBy: userInfo(context.identity),
    settings: { deletionProtected },
    // The service stopped counting, too.
    referrerMetadata: { environmentReferrerCount: 0, stackReferrerCount: 0, insightsAccountReferrerCount: 0 },
  };
}
