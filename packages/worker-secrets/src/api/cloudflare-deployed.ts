import * as v from "valibot";
import { CloudflareCode, cloudflareClient, queue, request, unless } from "./cloudflare.ts";
import { bearer, type Token } from "./credential.ts";
import { shaped } from "./http.ts";

const binding = v.looseObject({ name: v.string(), type: v.string() });

/** A binding as the settings show it: its type's own fields beside the name. */
export type DeployedBinding = v.InferOutput<typeof binding>;

/** Everything that a Worker has on Cloudflare, as far as its API shows it. Values of secrets are not among it. */
export interface DeployedWorker {
  readonly bindings: readonly DeployedBinding[];
  readonly compatibilityDate: string | undefined;
  readonly compatibilityFlags: readonly string[];
  /** As the API has them; `undefined` for what it does not show. */
  readonly settings: Readonly<
    Record<"observability" | "logpush" | "placement" | "limits" | "tail_consumers" | "cache_options", unknown>
  >;
  /** Static assets go with the script, whether or not a binding names them. */
  readonly hasAssets: boolean;
  readonly crons: readonly string[];
  readonly domains: readonly { readonly id: string; readonly hostname: string }[];
  readonly routes: readonly { readonly id: string; readonly zoneId: string; readonly pattern: string }[];
  /** Queues whose messages it takes, by name. */
  readonly consumes: readonly {
    readonly queue: string;
    readonly queueId: string;
    readonly consumerId: string;
  }[];
  readonly subdomain: { readonly enabled: boolean; readonly previewsEnabled: boolean };
  readonly migrationTag: string | undefined;
  readonly versions: number;
  readonly lastDeployment:
    | {
        readonly on: string;
        readonly by: string;
        readonly source: string;
        /** How many versions answer side by side: more than one while a gradual deployment is under way. */
        readonly versions: number;
      }
    | undefined;
  /** What could not be read, and why: the token may lack a right that the stack does not need either. */
  readonly unread: readonly string[];
}

const settingsShape = v.looseObject({
  bindings: v.optional(v.array(binding), []),
  compatibility_date: v.nullish(v.string()),
  compatibility_flags: v.nullish(v.array(v.string())),
});
const schedules = v.object({ schedules: v.array(v.object({ cron: v.string() })) });
const subdomain = v.object({ enabled: v.boolean(), previews_enabled: v.nullish(v.boolean()) });
const domain = v.object({ id: v.string(), hostname: v.string(), service: v.string() });
const deployments = v.object({
  deployments: v.array(
    v.object({
      created_on: v.string(),
      author_email: v.nullish(v.string()),
      source: v.nullish(v.string()),
      versions: v.nullish(v.array(v.unknown())),
    }),
  ),
});
const versions = v.object({ items: v.array(v.object({ id: v.string() })) });
const service = v.object({
  default_environment: v.object({
    script: v.object({ migration_tag: v.nullish(v.string()), has_assets: v.nullish(v.boolean()) }),
  }),
});
const zone = v.object({ id: v.string() });

/** Reads it side by side; `undefined` when there is no such Worker. `url` is the API's base with `/client/v4`. */
export async function readDeployed(
  url: string,
  token: Token,
  accountId: string,
  script: string,
): Promise<DeployedWorker | undefined> {
  const headers = { authorization: bearer(token) };
  const get = (path: string) => request({ method: "GET", url: `${url}${path}`, headers });
  const account = `/accounts/${encodeURIComponent(accountId)}`;
  const worker = `${account}/workers/scripts/${encodeURIComponent(script)}`;
  const settings = await unless([CloudflareCode.notFound], get(`${worker}/settings`));
  if (settings === undefined) return undefined;
  const client = cloudflareClient(url, token);
  const unread: string[] = [];
  /** Rights over zones and queues are separate ones: without them the rest is still worth showing. */
  const perhaps = async <T>(what: string, read: Promise<T>, none: T): Promise<T> =>
    read.catch((error: unknown) => {
      unread.push(`${what} (${error instanceof Error ? error.message : String(error)})`);
      return none;
    });
  const [crons, address, domains, deployed, made, about, routes, consumes] = await Promise.all([
    get(`${worker}/schedules`).then((result) =>
      shaped(schedules, result, "Cloudflare").schedules.map(({ cron }) => cron),
    ),
    get(`${worker}/subdomain`).then((result) => shaped(subdomain, result, "Cloudflare")),
    perhaps(
      "custom domains",
      get(`${account}/workers/domains?service=${encodeURIComponent(script)}`).then((result) =>
        shaped(v.array(domain), result, "Cloudflare"),
      ),
      [],
    ),
    get(`${worker}/deployments`).then((result) => shaped(deployments, result, "Cloudflare").deployments),
    perhaps(
      "versions",
      get(`${worker}/versions`).then((result) => shaped(versions, result, "Cloudflare").items.length),
      0,
    ),
    // Of all that describes a script, only this older endpoint tells these two.
    unless(
      [CloudflareCode.notFound, CloudflareCode.noService],
      get(`${account}/workers/services/${encodeURIComponent(script)}`),
    ).then((result) =>
      result === undefined ? undefined : shaped(service, result, "Cloudflare").default_environment.script,
    ),
    perhaps("routes", allRoutes(), []),
    perhaps("queue consumers", allConsumers(), []),
  ]);
  const shown = shaped(settingsShape, settings, "Cloudflare");
  const [last] = deployed;
  return {
    bindings: shown.bindings,
    compatibilityDate: shown.compatibility_date ?? undefined,
    compatibilityFlags: shown.compatibility_flags ?? [],
    settings: {
      observability: shown.observability,
      logpush: shown.logpush,
      placement: shown.placement,
      limits: shown.limits,
      tail_consumers: shown.tail_consumers,
      cache_options: shown.cache_options,
    },
    hasAssets: about?.has_assets ?? false,
    crons,
    domains: domains
      .filter(({ service }) => service === script)
      .map(({ id, hostname }) => ({ id, hostname })),
    routes,
    consumes,
    subdomain: { enabled: address.enabled, previewsEnabled: address.previews_enabled ?? false },
    migrationTag: about?.migration_tag ?? undefined,
    versions: made,
    lastDeployment: last && {
      on: last.created_on,
      by: last.author_email ?? "somebody",
      source: last.source ?? "unknown",
      versions: last.versions?.length ?? 1,
    },
    unread,
  };

  async function allRoutes(): Promise<DeployedWorker["routes"]> {
    const zones = await pages(`/zones?${new URLSearchParams({ "account.id": accountId })}`, zone);
    const found = await Promise.all(
      zones.map(async ({ id }) =>
        (await client.routes(id))
          .filter((route) => route.script === script)
          .map((route) => ({ id: route.id, zoneId: id, pattern: route.pattern })),
      ),
    );
    return found.flat();
  }

  async function allConsumers(): Promise<DeployedWorker["consumes"]> {
    const queues = await pages(`${account}/queues?`, queue);
    return queues.flatMap(({ queue_id, queue_name, consumers }) =>
      (consumers ?? [])
        .filter((one) => (one.script ?? one.script_name) === script)
        .map(({ consumer_id }) => ({ queue: queue_name, queueId: queue_id, consumerId: consumer_id ?? "" })),
    );
  }

  /** Lists come in pages; a page that is not full is the last. */
  async function pages<T extends v.GenericSchema>(path: string, item: T): Promise<v.InferOutput<T>[]> {
    const all: v.InferOutput<T>[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const found = shaped(
        v.array(item),
        await get(`${path}&page=${page}&per_page=${PER_PAGE}`),
        "Cloudflare",
      );
      all.push(...found);
      if (found.length < PER_PAGE) break;
    }
    return all;
  }
}

const PER_PAGE = 50;
const MOST_PAGES = 100;
