import * as v from "valibot";
import { request } from "../../api/cloudflare.ts";
import { bearer, type Token } from "../../api/credential.ts";
import { ServiceError, shaped } from "../../api/http.ts";
import type { Fault } from "../../faults.ts";
import type { DeclaredWorker } from "../../program/declared-worker.ts";

/** A permission of a deploy token, by the name of its group in Cloudflare's API ("Edit" in the dashboard is Write). */
export interface Permission {
  readonly group: string;
  /** Of what a policy has to name. */
  readonly scope: "account" | "zone";
  /** Why the stack needs it. */
  readonly why: string;
  /** What a read-only call asks for, below the account (`/workers/scripts`), or in each zone. */
  readonly probe: string;
}

const OF_A_RESOURCE = {
  kv_namespace: ["Workers KV Storage Write", "/storage/kv/namespaces"],
  d1: ["D1 Write", "/d1/database"],
  r2_bucket: ["Workers R2 Storage Write", "/r2/buckets"],
  queue: ["Queues Write", "/queues"],
} as const;

/** Pure: what the deploy token of a stack has to be allowed, by what its Workers use; nothing more. */
export function neededPermissions(
  workers: readonly Pick<DeclaredWorker, "name" | "config" | "resources">[],
): Permission[] {
  const needed = new Map<string, Permission>();
  const need = (permission: Permission) => {
    if (!needed.has(permission.group)) needed.set(permission.group, permission);
  };
  need({ group: "Workers Scripts Write", scope: "account", why: "uploads", probe: "/workers/scripts" });
  for (const { name, config, resources } of workers) {
    for (const [binding, source] of resources) {
      const type = config.bindings.find((one) => one.name === binding)?.type;
      if (source.from !== "declare" || type === undefined || !(type in OF_A_RESOURCE)) continue;
      const [group, probe] = OF_A_RESOURCE[type as keyof typeof OF_A_RESOURCE];
      need({ group, scope: "account", why: `${name} declares '${binding}'`, probe });
    }
    if (config.queueConsumers.length > 0)
      need({ group: "Queues Write", scope: "account", why: `${name} consumes a queue`, probe: "/queues" });
    if (config.routes.some(({ kind }) => kind === "route"))
      need({
        group: "Workers Routes Write",
        scope: "zone",
        why: `${name} has routes`,
        probe: "/workers/routes",
      });
    if (config.routes.length > 0)
      need({ group: "Zone Read", scope: "zone", why: `${name} has routes or domains`, probe: "" });
  }
  return [...needed.values()];
}

/**
 * Tries each permission by a call that only reads: what can't even be read is missing. (Whether writing is allowed
 * can't be tried without writing.) One fault per permission; throws when Cloudflare can't answer at all.
 */
export async function probePermissions(
  url: string,
  accountId: string,
  token: Token,
  permissions: readonly Permission[],
): Promise<Fault[]> {
  const get = (path: string) =>
    request({ method: "GET", url: `${url}${path}`, headers: { authorization: bearer(token) } });
  const zones = async (): Promise<string[]> => {
    const found = await get(`/zones?${new URLSearchParams({ "account.id": accountId })}`);
    return shaped(v.array(v.object({ id: v.string() })), found, "Cloudflare").map(({ id }) => id);
  };
  const faults = await Promise.all(
    permissions.map(async (permission): Promise<Fault[]> => {
      try {
        if (permission.scope === "account")
          await get(`/accounts/${encodeURIComponent(accountId)}${permission.probe}`);
        else {
          const ids = await zones();
          // Without the right to read zones the list is empty and no error.
          if (ids.length === 0) return [missing(permission, "it sees no zone of the account")];
          // It may be for some of the zones only.
          const tries = await Promise.allSettled(ids.map((id) => get(`/zones/${id}${permission.probe}`)));
          const refused = tries.filter((one) => one.status === "rejected");
          if (refused.length === ids.length) throw refused[0]?.reason;
        }
        return [];
      } catch (error) {
        if (
          !(error instanceof ServiceError) ||
          error.status === 0 ||
          error.status === 429 ||
          error.status >= 500
        )
          throw error;
        return [missing(permission, `${error.code}: ${error.message}`)];
      }
    }),
  );
  return faults.flat();
}

function missing({ group, why }: Permission, what: string): Fault {
  return {
    where: "the deploy token",
    what: `it lacks '${group}', which the stack needs (${why}): ${what}`,
    fix: "Give the token that permission in the dashboard, or make another.",
  };
}
