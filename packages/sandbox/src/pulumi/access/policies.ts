import { json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { organization } from "../input.ts";
import { stacks } from "../state/records.ts";

/** The group that every organization has, and every stack is in. No policy pack can be published here. */
const DEFAULT_GROUP = "default-policy-group";

export const policyRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: "/api/orgs/:org/policypacks",
    operation: "ListPolicyPacks",
    handle: (request, context) => {
      organization(request, context);
      return json(200, { policyPacks: [] });
    },
  },
  {
    method: "GET",
    path: "/api/orgs/:org/policygroups",
    operation: "ListPolicyGroups",
    handle: (request, context) => {
      const numStacks = context.store.list(stacks, [organization(request, context)]).length;
      const group = {
        name: DEFAULT_GROUP,
        isOrgDefault: true,
        numStacks,
        numAccounts: 0,
        numEnabledPolicyPacks: 0,
        entityType: "stacks",
        mode: "preventative",
      };
      return json(200, { policyGroups: [group] });
    },
  },
];
