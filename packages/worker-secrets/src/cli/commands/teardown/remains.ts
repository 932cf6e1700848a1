import * as v from "valibot";
import {
  type AccountAccess,
  CloudflareCode,
  cloudflareClient,
  request,
  unless,
} from "../../../api/cloudflare.ts";
import { bearer } from "../../../api/credential.ts";
import { endless, MOST_PAGES, shaped } from "../../../api/http.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { findZones } from "../../../program/places.ts";
import { declaredData } from "../../../program/protection/data.ts";
import type { Settings } from "../../../program/settings.ts";

/** What a stack leaves behind if something went wrong, by the names that it declares. */
export interface Declared {
  readonly scripts: readonly string[];
  /** Custom domains. */
  readonly domains: readonly string[];
  readonly kv_namespace: readonly string[];
  readonly d1: readonly string[];
  readonly r2_bucket: readonly string[];
  readonly queue: readonly string[];
}

/** Pure: the names of what the stack makes. Resources that are only referred to by id are not its own. */
function declaredNames(workers: readonly DeclaredWorker[]): Declared {
  const found = {
    kv_namespace: new Set<string>(),
    d1: new Set<string>(),
    r2_bucket: new Set<string>(),
    queue: new Set<string>(),
  };
  for (const { kind, name } of workers.flatMap(declaredData)) if (kind !== "workflow") found[kind].add(name);
  return {
    scripts: workers.map(({ scriptName }) => scriptName),
    domains: workers.flatMap(({ config }) =>
      config.routes.flatMap((route) => (route.kind === "custom_domain" ? [route.hostname] : [])),
    ),
    kv_namespace: [...found.kv_namespace],
    d1: [...found.d1],
    r2_bucket: [...found.r2_bucket],
    queue: [...found.queue],
  };
}

const PER_PAGE = 100;

/** Which of the Workers' scripts are there. */
export async function scriptsOn(
  { url, accountId, token }: AccountAccess,
  workers: readonly DeclaredWorker[],
): Promise<string[]> {
  const cloudflare = cloudflareClient(url, token);
  const found = await Promise.all(
    workers.map(async ({ scriptName }) =>
      (await cloudflare.script(accountId, scriptName)) === undefined ? [] : [scriptName],
    ),
  );
  return found.flat();
}

/** Asks Cloudflare for each of them; gives what is still there, in words. */
export async function remainsOn(
  { url, accountId, token }: AccountAccess,
  workers: readonly DeclaredWorker[],
  project: string,
): Promise<string[]> {
  const names = declaredNames(workers);
  const cloudflare = cloudflareClient(url, token);
  const get = (path: string) =>
    request({ method: "GET", url: `${url}${path}`, headers: { authorization: bearer(token) } });
  const account = `/accounts/${encodeURIComponent(accountId)}`;

  const scripts = (await scriptsOn({ url, accountId, token }, workers)).map((name) => `Worker '${name}'`);
  const domains = async (): Promise<string[]> => {
    const shape = v.array(v.object({ hostname: v.string(), service: v.string() }));
    const found =
      names.domains.length === 0 ? [] : shaped(shape, await get(`${account}/workers/domains`), "Cloudflare");
    return found
      .filter(({ hostname, service }) => names.domains.includes(hostname) && names.scripts.includes(service))
      .map(({ hostname }) => `custom domain '${hostname}'`);
  };
  const routes = async (): Promise<string[]> => {
    if (!workers.some(({ config }) => config.routes.some(({ kind }) => kind === "route"))) return [];
    const zones = await findZones(cloudflare, { workers, accountId, project } as Settings);
    const all = await Promise.all([...new Set(zones.ids.values())].map((id) => cloudflare.routes(id)));
    return all
      .flat()
      .filter(({ script }) => script !== undefined && names.scripts.includes(script))
      .map(({ pattern }) => `route '${pattern}'`);
  };
  /** All pages of a list, each item by the field that names it. */
  const listed = async (
    path: string,
    field: string,
    wanted: readonly string[],
    what: string,
  ): Promise<string[]> => {
    if (wanted.length === 0) return [];
    const found: string[] = [];
    for (let page = 1; ; page++) {
      if (page > MOST_PAGES) throw endless("Cloudflare", path);
      const items = shaped(
        v.array(v.record(v.string(), v.unknown())),
        await get(`${account}${path}?page=${page}&per_page=${PER_PAGE}`),
        "Cloudflare",
      );
      found.push(...items.map((item) => String(item[field])));
      if (items.length < PER_PAGE) break;
    }
    return found.filter((name) => wanted.includes(name)).map((name) => `${what} '${name}'`);
  };
  const buckets = await Promise.all(
    names.r2_bucket.map(async (name) => {
      const there = await unless(
        [NO_BUCKET, CloudflareCode.notFound],
        get(`${account}/r2/buckets/${encodeURIComponent(name)}`),
      );
      return there === undefined ? [] : [`R2 bucket '${name}'`];
    }),
  );
  return [
    ...scripts,
    ...(await domains()),
    ...(await routes()),
    ...(await listed("/storage/kv/namespaces", "title", names.kv_namespace, "KV namespace")),
    ...(await listed("/d1/database", "name", names.d1, "D1 database")),
    ...buckets.flat(),
    ...(await listed("/queues", "queue_name", names.queue, "queue")),
  ];
}

/** R2's own code for a bucket that is not there. */
const NO_BUCKET = 10006;
