import type { Identity } from "../../store/identity.ts";
import { type Store, table } from "../../store/store.ts";
import { stableId } from "../stable-id.ts";

export interface ZoneRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly createdOn: string;
}

/** By account and id. */
export const zones = table<ZoneRecord>("cloudflare.zones");

/** A zone that is always there: custom domains and routes can be tried without making one first. */
const DEFAULT_ZONE = "example.com";

/** Oldest first, after the one that is always there. */
export function zonesOf(store: Store, { accountId }: Identity): ZoneRecord[] {
  const made = store.list(zones, [accountId]).map(({ record }) => record);
  return [
    { id: stableId(`zone ${DEFAULT_ZONE}`), name: DEFAULT_ZONE, createdOn: "2026-01-01T00:00:00.000000Z" },
    ...made.sort((a, b) => (a.createdOn < b.createdOn ? -1 : 1)),
  ];
}

/** The zone that a host name belongs to: the one with the longest name. */
export function zoneOfHost(all: readonly ZoneRecord[], host: string): ZoneRecord | undefined {
  return all
    .filter(({ name }) => host === name || host.endsWith(`.${name}`))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

export interface RouteRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly zoneId: string;
  readonly pattern: string;
  /** None: whatever matches is answered by no Worker, even where a wider route has one. */
  readonly script?: string;
}

/** By account, the zone's id and the route's. */
export const workerRoutes = table<RouteRecord>("cloudflare.workerRoutes");

export function routesOf(store: Store, account: string, zoneId?: string): RouteRecord[] {
  const prefix = zoneId === undefined ? [account] : [account, zoneId];
  return store.list(workerRoutes, prefix).map(({ record }) => record);
}
