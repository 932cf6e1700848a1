import { type ApiRequest, json, type Route } from "../http/route.ts";
import type { PulumiHalf } from "./context.ts";
import { E, findEnvironment } from "./environments/find.ts";
import { Refusal } from "./errors.ts";
import { organization } from "./input.ts";
import { findStack } from "./state/find.ts";
import { S } from "./state/lease-routes.ts";

type Method = Route<PulumiHalf>["method"];

/** What the service has and the sandbox does not: it says so, in place of a 'not found' that sends people searching. */
function absent(what: string, methods: readonly Method[], path: string): Route<PulumiHalf>[] {
  const handle = () => {
    throw new Refusal(501, `Not Implemented: ${what} is not in the sandbox`);
  };
  const operation = `absent: ${what}`;
  return methods.flatMap((method) => [
    { method, path, operation, handle },
    { method, path: `${path}/*`, operation, handle },
  ]);
}

/** The webhooks of what there is: none, since none can be made here. `find` refuses what is not there. */
function noWebhooks(
  path: string,
  operation: string,
  find: (request: ApiRequest, context: PulumiHalf) => unknown,
): Route<PulumiHalf> {
  return {
    method: "GET",
    path,
    operation,
    handle: (request, context) => {
      find(request, context);
      return json(200, []);
    },
  };
}

const WRITES: readonly Method[] = ["POST", "PUT", "PATCH", "DELETE"];
const ALL: readonly Method[] = ["GET", ...WRITES];

/** Of an organization there is much more: roles, webhooks, search, audit logs. The first table's routes go before. */
const restOfOrganization: readonly Route<PulumiHalf>[] = ALL.map((method) => ({
  method,
  path: "/api/orgs/:org/*",
  operation: "absent: anything else of an organization",
  handle: () => {
    throw new Refusal(501, "Not Implemented: this part of an organization is not in the sandbox");
  },
}));

export const absentRoutes: readonly Route<PulumiHalf>[] = [
  noWebhooks(`${E}/hooks`, "ListEnvironmentWebhooks", findEnvironment),
  noWebhooks(`${S}/hooks`, "ListStackWebhooks", findStack),
  noWebhooks("/api/orgs/:org/hooks", "ListOrganizationWebhooks", organization),
  ...[E, S, "/api/orgs/:org"].flatMap((owner) => absent("a webhook", ALL, `${owner}/hooks`)),
  ...absent("a draft", ALL, `${E}/drafts`),
  ...absent("a request to open", ["GET", "POST", "PUT"], `${E}/open/request`),
  ...absent("a change of ownership", ["POST"], `${E}/ownership`),
  // Read without need by some commands, for which 'not found' means 'none'.
  ...absent("Pulumi Deployments", WRITES, `${S}/deployments`),
  ...absent("a transfer to another organization", ["POST"], `${S}/transfer`),
  ...absent("a policy pack", WRITES, "/api/orgs/:org/policypacks"),
  ...absent("a policy group", WRITES, "/api/orgs/:org/policygroups"),
  ...absent("a change gate", ALL, "/api/change-gates/:org"),
  ...absent("a change request", ALL, "/api/change-requests/:org"),
  ...absent("Pulumi Insights", ALL, "/api/preview/insights/:org"),
  ...restOfOrganization,
];
