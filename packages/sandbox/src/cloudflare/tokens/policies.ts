import * as v from "valibot";
import { groupById, idOf } from "./groups.ts";
import type { Need } from "./permissions.ts";

const resources = v.record(v.string(), v.union([v.string(), v.record(v.string(), v.string())]));

/** As a program sends it. What else a policy has (`id`, names of groups) is the API's to say. */
export const PolicyShape = v.object({
  effect: v.picklist(["allow", "deny"]),
  permission_groups: v.pipe(v.array(v.object({ id: v.string() })), v.minLength(1)),
  resources,
});

export type SentPolicy = v.InferOutput<typeof PolicyShape>;

export interface StoredPolicy {
  readonly id: string;
  readonly effect: "allow" | "deny";
  /** Ids, in the order they were sent. */
  readonly groups: readonly string[];
  /** Keys in the order they were sent: the provider compares the text. */
  readonly resources: v.InferOutput<typeof resources>;
}

/** Who has a token: the user, or the account itself. They live at different paths and don't see each other's. */
export type Owner = { readonly kind: "user" } | { readonly kind: "account"; readonly account: string };

/** Whom or what a call is about. */
export interface Target {
  readonly account: string;
  readonly user: string;
  /** Set for calls about a zone. */
  readonly zone?: string;
}

/** Whether the policies let the call through. A policy that denies outweighs all that allow. */
export function allows(policies: readonly StoredPolicy[], need: Need, target: Target): boolean {
  const ids = new Set<string>(need.anyOf.map(idOf));
  const about = policies.filter((policy) => covers(policy, need.target, target));
  const grants = (policy: StoredPolicy) => policy.groups.filter((id) => ids.has(id));
  const denied = new Set(about.filter(({ effect }) => effect === "deny").flatMap(grants));
  return about.some((policy) => policy.effect === "allow" && grants(policy).some((id) => !denied.has(id)));
}

/** Whether any policy allows anything at all in the account. */
export function reachesAccount(policies: readonly StoredPolicy[], target: Target): boolean {
  return policies.some((policy) => policy.effect === "allow" && covers(policy, "account", target));
}

const ACCOUNT = "com.cloudflare.api.account.";
const ZONE = "com.cloudflare.api.account.zone.";
const USER = "com.cloudflare.api.user.";

function covers({ resources }: StoredPolicy, kind: Need["target"], target: Target): boolean {
  const names = (key: string, prefix: string, id: string | undefined) =>
    key === `${prefix}*` || (id !== undefined && key === prefix + id);
  return Object.entries(resources).some(([key, value]) => {
    if (kind === "user") return value === "*" && names(key, USER, target.user);
    if (kind === "account") return value === "*" && names(key, ACCOUNT, target.account);
    if (value === "*") return names(key, ZONE, target.zone);
    // "All zones of one account" is written as the account with its zones inside.
    if (typeof value === "string" || !names(key, ACCOUNT, target.account)) return false;
    return Object.entries(value).some(([inner, all]) => all === "*" && names(inner, ZONE, target.zone));
  });
}

/** Everything that is wrong with what was sent, in words; the API gives all of it the code 1001. */
export function policyFaults(policies: readonly SentPolicy[], owner: Owner): string[] {
  return policies.flatMap((policy, at) =>
    [
      ...resourceFaults(Object.keys(policy.resources), owner),
      ...policy.permission_groups.flatMap(({ id }) => groupFaults(id, owner)),
    ].map((fault) => `policies[${at}]: ${fault}`),
  );
}

/** Groups that Cloudflare may well have, and this sandbox does not. */
export function groupsNotHere(policies: readonly SentPolicy[]): string[] {
  const ids = policies.flatMap(({ permission_groups }) => permission_groups.map(({ id }) => id));
  return [...new Set(ids.filter((id) => isId(id) && groupById(id) === undefined))];
}

function resourceFaults(keys: readonly string[], owner: Owner): string[] {
  if (keys.length === 0) return ["resources must name at least one resource"];
  return keys.flatMap((key) => {
    if (!/^com\.cloudflare\.(api\.(account|user)|edge\.r2\.bucket)\.[\w.*-]+$/.test(key))
      return [`${JSON.stringify(key)} is not a resource`];
    if (owner.kind === "user" || isOwn(key, owner.account)) return [];
    return [`an account's own token can't have the resource ${JSON.stringify(key)}`];
  });
}

function groupFaults(id: string, owner: Owner): string[] {
  if (!isId(id)) return [`${JSON.stringify(id)} is not the id of a permission group`];
  const group = groupById(id);
  if (owner.kind === "user" || group?.scopes[0] !== "com.cloudflare.api.user") return [];
  return [`an account's own token can't have the permission group ${group.name}`];
}

function isId(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id);
}

function isOwn(resource: string, account: string): boolean {
  if (resource.startsWith(USER)) return false;
  return !resource.startsWith(ACCOUNT) || resource.startsWith(ZONE) || resource === ACCOUNT + account;
}
