import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { Refusal } from "../errors.ts";
import { userInfo } from "../identity.ts";
import { organization } from "../input.ts";
import { teams } from "./records.ts";

/** Who is in an organization: its one user. */
function members(request: ApiRequest, context: PulumiHalf): Response {
  const owner = organization(request, context);
  const found = context.store.list(teams, [owner]).map(({ record }) => record);
  return json(200, {
    members: [
      {
        role: "admin",
        user: userInfo(context.identity),
        created: new Date(0).toISOString(),
        knownToPulumi: true,
        virtualAdmin: false,
        fgaRole: { id: "admin", name: "Admin", modifiedAt: new Date(0).toISOString() },
        teams: found
          .filter((team) => team.members.some(({ login }) => login === context.identity.user))
          .map(({ name }) => name),
      },
    ],
  });
}

const noUsers = () => {
  throw new Refusal(501, "Not Implemented: further members of an organization are not in the sandbox");
};

const M = "/api/orgs/:org/members";

export const memberRoutes: readonly Route<PulumiHalf>[] = [
  { method: "GET", path: M, operation: "ListOrganizationMembers", handle: members },
  { method: "POST", path: `${M}/:login`, operation: "absent: further members", handle: noUsers },
  { method: "PATCH", path: `${M}/:login`, operation: "absent: further members", handle: noUsers },
  { method: "DELETE", path: `${M}/:login`, operation: "absent: further members", handle: noUsers },
];
