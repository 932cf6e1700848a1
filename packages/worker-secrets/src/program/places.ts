import type { CloudflareClient } from "../api/cloudflare.ts";
import type { Fault } from "../faults.ts";
import type { Settings } from "./settings.ts";

/** Ids by what the wrangler file calls them, and a fault for each that is not in the account. */
export interface Places {
  readonly ids: ReadonlyMap<string, string>;
  readonly unknown: readonly Fault[];
}

export interface QueuePlaces extends Places {
  /** The queues that each script takes messages of already, by the script's name. */
  readonly consumedBy: ReadonlyMap<string, readonly string[]>;
}

/** The zone of every route, by the route's pattern. */
export async function findZones(cloudflare: CloudflareClient, settings: Settings): Promise<Places> {
  const ids = new Map<string, string>();
  const unknown: Fault[] = [];
  // Many routes are in few zones: each name is asked for once.
  const asked = new Map<string, Promise<string | undefined>>();
  const zoneId = (name: string) => {
    const answer = asked.get(name) ?? cloudflare.zoneId(settings.accountId, name);
    asked.set(name, answer);
    return answer;
  };
  await Promise.all(
    settings.workers.flatMap(({ config }) =>
      config.routes.map(async (route) => {
        // A custom domain's zone is found by the API itself.
        if (route.kind !== "route") return;
        const { zone, pattern } = route;
        if (zone !== undefined && "id" in zone) {
          ids.set(pattern, zone.id);
          return;
        }
        const names = zone === undefined ? zoneCandidates(pattern) : [zone.name];
        const found = await Promise.all(names.map(zoneId));
        const id = found.find((one) => one !== undefined);
        if (id !== undefined) ids.set(pattern, id);
        else {
          unknown.push({
            where: `${config.file}, route '${pattern}'`,
            what: `the account has no zone ${names.map((name) => `'${name}'`).join(" or ")} that the token can see`,
            fix: "Name the zone's id ('zone_id') at the route, or give the token Zone: Read and Workers Routes: Edit.",
          });
        }
      }),
    ),
  );
  return { ids, unknown };
}

/** The names that the zone of a route may have, longest first: `shop.example.co.uk/*` → itself and its parents. */
export function zoneCandidates(pattern: string): string[] {
  const host = (pattern.replace(/^https?:\/\//, "").split("/")[0] ?? "")
    .replace(/^\*\.?/, "")
    .replace(/:\d+$/, "");
  const labels = host.split(".");
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join("."));
}

/** The queues that Workers consume, by name, as far as the stack does not declare them itself. */
export async function findQueues(cloudflare: CloudflareClient, settings: Settings): Promise<QueuePlaces> {
  const declared = new Set(
    settings.workers.flatMap(({ config, resources }) =>
      config.bindings.flatMap((binding) =>
        binding.type === "queue" && resources.get(binding.name)?.from === "declare"
          ? [binding.queueName]
          : [],
      ),
    ),
  );
  const ids = new Map<string, string>();
  const consumedBy = new Map<string, string[]>();
  const unknown: Fault[] = [];
  await Promise.all(
    settings.workers.flatMap(({ config, scriptName }) =>
      config.queueConsumers.map(async ({ queue }) => {
        if (declared.has(queue)) return;
        const found = await cloudflare.queue(settings.accountId, queue);
        if (found !== undefined) {
          ids.set(queue, found.id);
          if (found.consumers.has(scriptName))
            consumedBy.set(scriptName, [...(consumedBy.get(scriptName) ?? []), queue]);
        } else {
          unknown.push({
            where: `${config.file}, queues.consumers`,
            what: `the account has no queue '${queue}'`,
            fix: `Create it (npx wrangler queues create ${queue}), or bind it as a producer and declare it by 'resources'.`,
          });
        }
      }),
    ),
  );
  return { ids, consumedBy, unknown };
}
