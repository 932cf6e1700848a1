import type { Route } from "../../http/route.ts";
import type { GroupName } from "./groups.ts";

/** What a call needs: one of these groups, for the account, the zone or the user that it is about. */
export interface Need {
  readonly anyOf: readonly GroupName[];
  readonly target: "account" | "zone" | "user";
}

interface Rule {
  /** Covers this path and all below it, without the leading `/client/v4`. `exact` covers the path alone. */
  readonly path: string;
  readonly exact?: true;
  /** `none`: any valid token may call it. */
  readonly needs: Subject | "none";
}

interface Subject {
  readonly read: readonly GroupName[];
  readonly write: readonly GroupName[];
  readonly target: Need["target"];
}

const ACCOUNT = "/accounts/:account";

/** Write includes Read, as everywhere at Cloudflare. */
function subject(
  target: Need["target"],
  read: GroupName,
  write: GroupName,
  ...also: readonly GroupName[]
): Subject {
  return { read: [read, write, ...also], write: [write, ...also], target };
}

const workers = subject("account", "Workers Scripts Read", "Workers Scripts Write");
const tails: Subject = {
  read: ["Workers Tail Read", "Workers Scripts Read", "Workers Scripts Write"],
  // To tail is to read, although it begins with a POST.
  write: ["Workers Tail Read", "Workers Scripts Write"],
  target: "account",
};

/**
 * Which permission groups open which part of the API, from the "accepted permissions" of its reference. The first
 * rule that covers a path counts.
 */
const rules: readonly Rule[] = [
  // A token may always ask what it is itself.
  { path: "/user/tokens/verify", exact: true, needs: "none" },
  { path: `${ACCOUNT}/tokens/verify`, exact: true, needs: "none" },
  { path: "/user/tokens", needs: subject("user", "API Tokens Read", "API Tokens Write") },
  { path: "/user", needs: subject("user", "User Details Read", "User Details Write") },
  { path: "/memberships", needs: subject("user", "Memberships Read", "Memberships Write") },
  // Lists what the token reaches, which may be nothing.
  { path: "/accounts", exact: true, needs: "none" },
  {
    path: `${ACCOUNT}/tokens`,
    needs: subject("account", "Account API Tokens Read", "Account API Tokens Write"),
  },
  { path: `${ACCOUNT}/workers/scripts/:script/tails`, needs: tails },
  { path: `${ACCOUNT}/workers/tails`, needs: tails },
  { path: `${ACCOUNT}/workers`, needs: workers },
  { path: `${ACCOUNT}/workflows`, needs: workers },
  {
    path: `${ACCOUNT}/storage/kv`,
    needs: subject("account", "Workers KV Storage Read", "Workers KV Storage Write"),
  },
  { path: `${ACCOUNT}/r2`, needs: subject("account", "Workers R2 Storage Read", "Workers R2 Storage Write") },
  { path: `${ACCOUNT}/d1`, needs: subject("account", "D1 Read", "D1 Write") },
  { path: `${ACCOUNT}/queues`, needs: subject("account", "Queues Read", "Queues Write") },
  {
    path: `${ACCOUNT}/secrets_store`,
    needs: subject("account", "Secrets Store Read", "Secrets Store Write"),
  },
  {
    path: ACCOUNT,
    exact: true,
    needs: subject("account", "Account Settings Read", "Account Settings Write"),
  },
  { path: "/zones/:zone/workers", needs: subject("zone", "Workers Routes Read", "Workers Routes Write") },
  { path: "/zones/:zone/dns_records", needs: subject("zone", "DNS Read", "DNS Write") },
  { path: "/zones", needs: subject("zone", "Zone Read", "Zone Write") },
];

/** What a route needs; `undefined` for a path that no rule covers, which only the sandbox's own token may call. */
export function needOf({ method, path }: Pick<Route<unknown>, "method" | "path">): Need | "none" | undefined {
  const below = path.replace(/^\/client\/v4/, "");
  const needs = rules.find((rule) => covers(rule, below))?.needs;
  if (needs === undefined || needs === "none") return needs;
  const reading = method === "GET" || method === "HEAD";
  return { anyOf: reading ? needs.read : needs.write, target: needs.target };
}

function covers({ path, exact }: Rule, asked: string): boolean {
  return asked === path || (exact !== true && asked.startsWith(`${path}/`));
}
