import { empty, json, type Route } from "../http/route.ts";
import type { Identity } from "../store/identity.ts";
import type { PulumiHalf } from "./context.ts";
import { organization } from "./input.ts";

/** The user, as far as other replies name one. */
export function userInfo({ user, email }: Identity) {
  return { githubLogin: user, name: user, avatarUrl: "", email };
}

function currentUser({ identity, caller }: PulumiHalf) {
  const { organizations, token } = caller;
  return {
    id: identity.user,
    ...userInfo(identity),
    // The CLI refuses an organization without a `githubLogin`.
    organizations: organizations.map((name) => ({ githubLogin: name, name, avatarUrl: "", role: "admin" })),
    identities: [],
    hasMFA: false,
    isOrgManaged: false,
    isManagedByMultiOrg: false,
    siteAdmin: false,
    ...(token === undefined ? {} : { tokenInfo: token }),
  };
}

/**
 * What the CLI may use. Not declared, on purpose: delta checkpoints, whose serializer in the CLI loses pending
 * operations. Journals are no capability: the CLI offers one when an update starts.
 */
const CAPABILITIES = {
  capabilities: [
    { capability: "batch-encrypt" },
    { capability: "deployment-schema-version", version: 1, configuration: { version: 4 } },
  ],
};

export const identityRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: "/api/user",
    operation: "GetCurrentUser",
    handle: (_, context) => json(200, currentUser(context)),
  },
  {
    method: "GET",
    path: "/api/user/organizations/default",
    operation: "GetDefaultOrganization",
    handle: (_, { identity, caller }) => {
      const { organizations } = caller;
      const gitHubLogin = organizations.includes(identity.organization)
        ? identity.organization
        : organizations[0];
      return json(200, { gitHubLogin, messages: [] });
    },
  },
  {
    // The sandbox has one organization, which stays the default.
    method: "POST",
    path: "/api/user/organizations/:org/default",
    operation: "UpdateDefaultOrganization",
    handle: (request, context) => {
      organization(request, context);
      return empty();
    },
  },
  {
    method: "GET",
    path: "/api/capabilities",
    operation: "GetCapabilities",
    handle: () => json(200, CAPABILITIES),
  },
  {
    method: "GET",
    path: "/api/registry/templates",
    operation: "ListTemplates",
    handle: () => json(200, { templates: [] }),
  },
  {
    method: "GET",
    path: "/api/registry/packages",
    operation: "ListPackages",
    handle: () => json(200, { packages: [] }),
  },
];
