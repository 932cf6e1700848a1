import type { PulumiContext } from "../base-context.ts";
import { notFound, Refusal } from "../errors.ts";
import type { Caller } from "./caller.ts";
import { ENVIRONMENT_PERMISSIONS, type EnvironmentPermission, teams } from "./records.ts";

/** Where a path names an organization. Whatever names none and is not in `COMMON` is for the user's own tokens. */
const OWNED =
  /^\/api\/(?:stacks|esc\/environments|orgs|preview\/(?:environments|insights)|change-(?:gates|requests))\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?/;
const DEFAULT = /^\/api\/user\/organizations\/([^/]+)\/default$/;
const COMMON =
  /^\/api\/(user|user\/organizations\/default|user\/stacks|esc\/environments|capabilities|registry\/.*|esc\/(providers|rotators|context)(\/.*)?)$/;
/** Lists over all organizations: a narrower caller is shown the one. */
const LISTS = /^\/api\/(user\/stacks|esc\/environments)$/;

/**
 * Lets a request through as its caller may send it, or throws: the one place that keeps organizations apart, before
 * any route is looked at. What exists elsewhere is answered like what does not exist.
 */
export function passGate(request: Request, caller: Caller, context: PulumiContext): Request {
  const url = new URL(request.url);
  const owned = OWNED.exec(url.pathname);
  const named = owned?.[1] ?? DEFAULT.exec(url.pathname)?.[1];
  if (named !== undefined) {
    const organization = decoded(named);
    if (!caller.organizations.includes(organization))
      throw notFound(`Organization '${organization}' not found`);
    if (caller.token?.team !== undefined) teamMay(request, caller.token.team, context, url.pathname);
    return request;
  }
  if (caller.kind === "personal") return request;
  if (!COMMON.test(url.pathname)) throw forbidden("this call takes a personal access token");
  const [organization] = caller.organizations;
  if (!LISTS.test(url.pathname) || organization === undefined) return request;
  if (caller.kind === "team" && url.pathname === "/api/esc/environments")
    throw new Refusal(501, "Not Implemented: listing a team's environments is not in the sandbox");
  const asked = url.searchParams.get("organization") ?? "";
  if (asked !== "" && asked !== organization) throw notFound(`Organization '${asked}' not found`);
  url.searchParams.set("organization", organization);
  return new Request(url, request);
}

/**
 * A team's token reaches the stacks and Environments that the team was given, as far as it was given them. What an
 * Environment imports counts as part of it: its imports are not looked at.
 */
function teamMay(request: Request, name: string, { store }: PulumiContext, path: string): void {
  const [, kind = "", organization = "", project = "", item = ""] =
    /^\/api\/(stacks|esc\/environments)\/([^/]+)\/([^/]+)\/([^/]+)/.exec(path)?.map(decoded) ?? [];
  const team = store.get(teams, [organization, name]);
  const reads = request.method === "GET" || request.method === "HEAD";
  if (kind === "stacks") {
    const grant = team?.stacks.find((one) => one.projectName === project && one.stackName === item);
    if (grant === undefined || grant.permission === 0)
      throw notFound(`Stack '${organization}/${project}/${item}' not found`);
    const removes = request.method === "DELETE" && new RegExp(`/${escaped(item)}$`).test(decoded(path));
    if (grant.permission >= (reads ? 101 : removes ? 103 : 102)) return;
    throw forbidden("the team's permission on the stack does not allow this");
  }
  // Documents without a name could import anything of the organization.
  if (kind === "esc/environments" && project !== "yaml") {
    const level = (permission: EnvironmentPermission) => ENVIRONMENT_PERMISSIONS.indexOf(permission);
    const grant = team?.environments.find((one) => one.projectName === project && one.envName === item);
    if (grant === undefined || grant.permission === "none")
      throw notFound(`environment '${organization}/${project}/${item}' not found`);
    const opens = /\/(open|decrypt)(\/|$)/.test(path);
    const removes = request.method === "DELETE" && decoded(path).endsWith(`/${item}`);
    const needed = removes ? "admin" : opens ? "open" : reads || path.endsWith("/check") ? "read" : "write";
    if (level(grant.permission) >= level(needed)) return;
    throw forbidden("the team's permission on the environment does not allow this");
  }
  throw forbidden("a team's token takes calls on the team's stacks and environments only");
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound();
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const forbidden = (why: string) => new Refusal(403, `Forbidden: ${why}`);
