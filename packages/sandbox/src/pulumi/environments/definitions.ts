import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { conflict } from "../errors.ts";
import { evaluated, stored } from "./evaluation.ts";
import {
  E,
  etag,
  findEnvironment,
  findRevision,
  putEnvironment,
  revisionHeaders,
  revisionKey,
} from "./find.ts";
import { type Environment, revisions } from "./records.ts";
import { openText, sealText } from "./seal.ts";

/** A revision's text: as stored, or with its secrets in the clear. */
function read(request: ApiRequest, context: PulumiHalf, version: string, decrypt: boolean): Response {
  const environment = findEnvironment(request, context);
  const { number, text } = findRevision(context, environment, version);
  return new Response(decrypt ? openText(context, environment, text) : text, {
    headers: { "content-type": "application/x-yaml", ...revisionHeaders(environment, number) },
  });
}

/** Go clients send the tag as `ETag`, others as `If-Match`; quoted or not, weak or not. */
export function refuseIfChanged(request: ApiRequest, environment: Environment): void {
  const given = request.headers.get("etag") ?? request.headers.get("if-match");
  if (given === null || given.trim() === "" || given.trim() === "*") return;
  const bare = (tag: string) => tag.trim().replace(/^W\//, "").replaceAll('"', "");
  if (bare(given) === bare(etag(environment, environment.latest))) return;
  throw conflict("the environment has changed since it was read");
}

async function update(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const text = await request.text();
  return context.store.transaction(() => {
    const environment = findEnvironment(request, context);
    refuseIfChanged(request, environment);
    const { diagnostics } = evaluated(context, stored(context, environment, text), { mode: "check" });
    const { number } = addRevision(context, environment, sealText(context, environment, text));
    // Without warnings `{}`: an empty list is 'there are diagnostics' to Go clients.
    return json(200, diagnostics.length === 0 ? {} : { diagnostics }, revisionHeaders(environment, number));
  });
}

/** Every accepted write is a new revision, even of an identical text. */
export function addRevision(context: PulumiHalf, environment: Environment, text: string): { number: number } {
  const number = environment.latest + 1;
  const created = context.now().toISOString();
  context.store.put(revisions, revisionKey(environment, number), { number, created, text });
  putEnvironment(context, { ...environment, latest: number, modified: created });
  return { number };
}

export const definitionRoutes: readonly Route<PulumiHalf>[] = [
  {
    // Answers HEAD too: the same headers without the text.
    method: "GET",
    path: E,
    operation: "ReadEnvironment",
    handle: (request, context) => read(request, context, "latest", false),
  },
  {
    method: "GET",
    path: `${E}/decrypt`,
    operation: "DecryptEnvironment",
    handle: (request, context) => read(request, context, "latest", true),
  },
  {
    method: "GET",
    path: `${E}/versions/:version`,
    operation: "ReadEnvironmentAtVersion",
    handle: (request, context) => read(request, context, request.param("version"), false),
  },
  {
    method: "GET",
    path: `${E}/versions/:version/decrypt`,
    operation: "DecryptEnvironmentAtVersion",
    handle: (request, context) => read(request, context, request.param("version"), true),
  },
  { method: "PATCH", path: E, operation: "UpdateEnvironment", handle: update },
];
