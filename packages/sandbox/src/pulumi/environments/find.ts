import { createHash, randomUUID } from "node:crypto";
import type { ApiRequest } from "../../http/route.ts";
import { ordinal } from "../../store/store.ts";
import type { PulumiHalf } from "../context.ts";
import { notFound } from "../errors.ts";
import { organization } from "../input.ts";
import { type Environment, environments, type Revision, revisions } from "./records.ts";

export const ESC = "/api/esc/environments";
export const E = `${ESC}/:org/:project/:env`;

/** References without a project mean this one. */
export const DEFAULT_PROJECT = "default";

/** What is kept under a name. Names such as `constructor` are in every object, and are nobody's tags. */
export function ownEntry<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** The Environment that a path names. */
export function findEnvironment(request: ApiRequest, context: PulumiHalf): Environment {
  const key = [organization(request, context), request.param("project"), request.param("env")];
  const found = context.store.get(environments, key);
  if (found === undefined) throw notFound(`Environment '${key.join("/")}' not found`);
  return found;
}

export function putEnvironment({ store }: PulumiHalf, environment: Environment): void {
  store.put(environments, [environment.organization, environment.project, environment.name], environment);
}

/** Which revision a number or a tag means; what begins with a digit is a number. */
export function revisionNumber(environment: Environment, version: string): number | undefined {
  if (version === "" || version === "latest") return environment.latest;
  if (!/^\d/.test(version)) return ownEntry(environment.revisionTags, version)?.revision;
  const number = /^\d{1,9}$/.test(version) ? Number(version) : 0;
  return number >= 1 && number <= environment.latest ? number : undefined;
}

export function revisionAt(
  context: PulumiHalf,
  environment: Environment,
  version: string,
): Revision | undefined {
  const number = revisionNumber(environment, version);
  return number === undefined ? undefined : context.store.get(revisions, revisionKey(environment, number));
}

/** The revision that a path names: the latest one where it names none. */
export function findRevision(context: PulumiHalf, environment: Environment, version: string): Revision {
  const found = revisionAt(context, environment, version);
  if (found === undefined)
    throw notFound(
      `Revision '${version}' of environment '${environment.project}/${environment.name}' not found`,
    );
  return found;
}

export function revisionKey(environment: Environment, number: number): [string, string] {
  return [environment.id, ordinal(number)];
}

/** One per revision. An Environment deleted and made again has another id, so its tags differ too. */
export function etag(environment: Environment, number: number): string {
  return `"${createHash("sha256").update(`${environment.id}/${number}`).digest("hex").slice(0, 32)}"`;
}

/** The headers of a revision. Go clients fail without a `Pulumi-ESC-Revision` that is a number. */
export function revisionHeaders(environment: Environment, number: number): Record<string, string> {
  return { etag: etag(environment, number), "pulumi-esc-revision": String(number) };
}

/** A new Environment with an empty first revision, not stored yet. */
export function newEnvironment(
  context: PulumiHalf,
  owner: string,
  project: string,
  name: string,
): Environment {
  const time = context.now().toISOString();
  return {
    id: randomUUID(),
    organization: owner,
    project,
    name,
    created: time,
    modified: time,
    latest: 1,
    deletionProtected: false,
    tags: {},
    revisionTags: {},
  };
}
