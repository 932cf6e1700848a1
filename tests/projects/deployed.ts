import { boundaryOf, parseForm } from "../../packages/sandbox/src/cloudflare/multipart.ts";
import type { Sandbox } from "../../packages/sandbox/src/sandbox.ts";
import { type Answered, ask } from "../helpers/fixture.ts";
import type { Project } from "./project.ts";

type Json = Record<string, unknown>;

/** Fields that say when, by what and under which generated id something was made. */
const GENERATED = new Set([
  ...["id", "tag", "etag", "created_on", "modified_on", "last_deployed_from", "namespace_id", "database_id"],
  ...["zone_id", "cert_id", "consumer_id", "queue_id", "created", "modified", "script_id"],
]);

/** What an account has of a script, in its API's own words, and what the running Worker answers. */
export interface Deployed {
  readonly modules: Readonly<Record<string, { readonly type: string; readonly text: string }>>;
  readonly settings: unknown;
  readonly api: Readonly<Record<string, unknown>>;
  readonly answers: readonly Answered[];
}

/** Reads a script of a sandbox's account over the API, and asks the Worker. */
export async function readDeployed({ description }: Sandbox, project: Project): Promise<Deployed> {
  const { url, token, accountId } = description.cloudflare;
  const fetched = (path: string) =>
    fetch(`${url}/accounts/${accountId}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const get = async (path: string) =>
    JSON.parse(
      JSON.stringify(((await (await fetched(path)).json()) as Json).result ?? null, comparableResult),
    ) as unknown;
  const script = `/workers/scripts/${project.name}`;
  const form = await fetched(`${script}/content/v2`);
  const bytes = new Uint8Array(await form.arrayBuffer());
  // Nothing for a Worker that is static assets alone.
  const parts =
    form.ok && bytes.length > 0
      ? parseForm(bytes, boundaryOf(form.headers.get("content-type") ?? "") ?? "")
      : [];
  const list = async (path: string, mine: (one: Json) => boolean) =>
    ((await get(path)) as Json[]).filter(mine);
  const answers: Answered[] = [];
  for (const path of project.paths ?? ["/"])
    answers.push(comparable(await ask(description.workers.url, project.name, { path })));
  return {
    modules: Object.fromEntries(
      parts.map(({ name, type, bytes: code }) => [
        name,
        { type: type ?? "", text: Buffer.from(code).toString("latin1") },
      ]),
    ),
    settings: await get(`${script}/settings`),
    api: {
      entrypoint: form.headers.get("cf-entrypoint"),
      service: await get(`/workers/services/${project.name}`),
      schedules: await get(`${script}/schedules`),
      subdomain: await get(`${script}/subdomain`),
      domains: await list("/workers/domains", ({ service }) => service === project.name),
      workflows: await list("/workflows", ({ script_name: name }) => name === project.name),
      objects: await list("/workers/durable_objects/namespaces", ({ script: name }) => name === project.name),
    },
    answers,
  };
}

/** An asset's ETag is made of the uploader's own hash of the file, and whether a cache answered is nothing of the Worker's. */
function comparable({
  headers: { etag: _, "cf-cache-status": __, ...headers },
  ...rest
}: Answered): Answered {
  return { ...rest, headers };
}

/**
 * Without the order of bindings, what the account generates, and two differences that the provider's `WorkersScript` makes
 * (docs/workers.md): it sends the default of `persist`, and has no field for the tags by which the dashboard groups scripts.
 */
function comparableResult(key: string, value: unknown): unknown {
  if (key === "persist" && value === true) return undefined;
  if (GENERATED.has(key) || key === "tags") return undefined;
  if (key === "bindings" && Array.isArray(value))
    return value.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return value;
}
