/** What a permission group's policy has to name. */
export type Scope =
  | "com.cloudflare.api.account"
  | "com.cloudflare.api.account.zone"
  | "com.cloudflare.api.user";

export interface PermissionGroup {
  /** The same in every account: programs name groups by it. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly [Scope];
}

const ACCOUNT = "com.cloudflare.api.account";
const ZONE = "com.cloudflare.api.account.zone";
const USER = "com.cloudflare.api.user";

/**
 * The groups that open what this sandbox has, of the nearly 400 that `GET …/tokens/permission_groups` lists at
 * Cloudflare. Names and ids are the real ones. The dashboard calls Write "Edit".
 */
const GROUPS = {
  "Account API Tokens Read": ["eb56a6953c034b9d97dd838155666f06", ACCOUNT],
  "Account API Tokens Write": ["5bc3f8b21c554832afc660159ab75fa4", ACCOUNT],
  "Account Settings Read": ["c1fde68c7bcc44588cbb6ddbc16d6480", ACCOUNT],
  "Account Settings Write": ["1af1fa2adc104452b74a9a3364202f20", ACCOUNT],
  "API Tokens Read": ["0cc3a61731504c89b99ec1be78b77aa0", USER],
  "API Tokens Write": ["686d18d5ac6c441c867cbf6771e58a0a", USER],
  "D1 Read": ["192192df92ee43ac90f2aeeffce67e35", ACCOUNT],
  "D1 Write": ["09b2857d1c31407795e75e3fed8617a1", ACCOUNT],
  "DNS Read": ["82e64a83756745bbbb1c9c2701bf816b", ZONE],
  "DNS Write": ["4755a26eedb94da69e1066d98aa820be", ZONE],
  "Memberships Read": ["3518d0f75557482e952c6762d3e64903", USER],
  "Memberships Write": ["9201bc6f42d440968aaab0c6f17ebb1d", USER],
  "Queues Read": ["84a7755d54c646ca87cd50682a34bf7c", ACCOUNT],
  "Queues Write": ["366f57075ffc42689627bcf8242a1b6d", ACCOUNT],
  "Secrets Store Read": ["5e33b7d77788455c9fdf18cbd38ee5a0", ACCOUNT],
  "Secrets Store Write": ["adc8fa2bc6124928a8b3314dc63a1235", ACCOUNT],
  "User Details Read": ["8acbe5bb0d54464ab867149d7f7cf8ac", USER],
  "User Details Write": ["55a5e17cc99e4a3fa1f3432d262f2e55", USER],
  "Workers KV Storage Read": ["8b47d2786a534c08a1f94ee8f9f599ef", ACCOUNT],
  "Workers KV Storage Write": ["f7f0eda5697f475c90846e879bab8666", ACCOUNT],
  "Workers R2 Storage Read": ["b4992e1108244f5d8bfbd5744320c2e1", ACCOUNT],
  "Workers R2 Storage Write": ["bf7481a1826f439697cb59a20b22293e", ACCOUNT],
  "Workers Routes Read": ["2072033d694d415a936eaeb94e6405b8", ZONE],
  "Workers Routes Write": ["28f4b596e7d643029c524985477ae49a", ZONE],
  "Workers Scripts Read": ["1a71c399035b4950a1bd1466bbe4f420", ACCOUNT],
  "Workers Scripts Write": ["e086da7e2179491d91ee5f35b3ca210a", ACCOUNT],
  "Workers Tail Read": ["05880cd1bdc24d8bae0be2136972816b", ACCOUNT],
  "Zone Read": ["c8fed203ed3043cba015a93ad1616f1f", ZONE],
  "Zone Write": ["e6d2666161e84845a636613608cee8d5", ZONE],
} as const satisfies Readonly<Record<string, readonly [id: string, scope: Scope]>>;

export type GroupName = keyof typeof GROUPS;

export const permissionGroups: readonly PermissionGroup[] = Object.entries(GROUPS).map(
  ([name, [id, scope]]) => ({ id, name, scopes: [scope] }),
);

const byId = new Map(permissionGroups.map((group) => [group.id, group]));

export function groupById(id: string): PermissionGroup | undefined {
  return byId.get(id);
}

export function idOf(name: GroupName): string {
  return GROUPS[name][0];
}
