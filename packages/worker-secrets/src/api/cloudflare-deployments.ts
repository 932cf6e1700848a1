import * as v from "valibot";
import { request } from "./cloudflare.ts";
import { bearer, type Token } from "./credential.ts";
import { shaped } from "./http.ts";

/** One deployment of a Worker: which versions answer from then on. */
export interface Deployment {
  readonly id: string;
  /** ISO time. */
  readonly createdOn: string;
  /** Address of whoever's token it was. */
  readonly author: string | undefined;
  /** `wrangler`, `api`, `dash`, … */
  readonly source: string | undefined;
  /** `workers/triggered_by`: `upload`, `secret`, `rollback`, … */
  readonly trigger: string | undefined;
  readonly versions: readonly { readonly id: string; readonly percentage: number }[];
}

const shape = v.object({
  deployments: v.array(
    v.object({
      id: v.string(),
      created_on: v.string(),
      author_email: v.nullish(v.string()),
      source: v.nullish(v.string()),
      annotations: v.nullish(v.record(v.string(), v.unknown())),
      versions: v.array(v.object({ version_id: v.string(), percentage: v.number() })),
    }),
  ),
});

/** One version of a Worker: code and bindings, whether or not it answers. */
export interface Version {
  readonly id: string;
  /** Counts up with each version. */
  readonly number: number;
  readonly createdOn: string;
  readonly author: string | undefined;
  readonly source: string | undefined;
  /** `workers/tag`, which its uploader chose. */
  readonly tag: string | undefined;
}

const versionShape = v.object({
  items: v.array(
    v.object({
      id: v.string(),
      number: v.number(),
      metadata: v.nullish(
        v.object({
          created_on: v.nullish(v.string()),
          author_email: v.nullish(v.string()),
          source: v.nullish(v.string()),
        }),
      ),
      annotations: v.nullish(v.record(v.string(), v.unknown())),
    }),
  ),
});

/** As many as can be deployed. */
const VERSIONS = 100;

/** A Worker's newest versions. Fails with 10007 where there is no such Worker. */
export async function versionsOf(
  url: string,
  token: Token,
  accountId: string,
  scriptName: string,
): Promise<Version[]> {
  const path = `/accounts/${encodeURIComponent(accountId)}/workers/scripts/${encodeURIComponent(scriptName)}/versions?per_page=${VERSIONS}`;
  const headers = { authorization: bearer(token) };
  const { items } = shaped(
    versionShape,
    await request({ method: "GET", url: `${url}${path}`, headers }),
    "Cloudflare",
  );
  return items.map(({ id, number, metadata, annotations }) => {
    const tag = annotations?.["workers/tag"];
    return {
      id,
      number,
      createdOn: metadata?.created_on ?? "",
      author: metadata?.author_email ?? undefined,
      source: metadata?.source ?? undefined,
      tag: typeof tag === "string" && tag !== "" ? tag : undefined,
    };
  });
}

/** A Worker's deployments, newest first, as many as the API gives. Fails with 10007 where there is no such Worker. */
export async function deploymentsOf(
  url: string,
  token: Token,
  accountId: string,
  scriptName: string,
): Promise<Deployment[]> {
  const path = `/accounts/${encodeURIComponent(accountId)}/workers/scripts/${encodeURIComponent(scriptName)}/deployments`;
  const headers = { authorization: bearer(token) };
  const { deployments } = shaped(
    shape,
    await request({ method: "GET", url: `${url}${path}`, headers }),
    "Cloudflare",
  );
  return deployments.map(({ id, created_on, author_email, source, annotations, versions }) => {
    const trigger = annotations?.["workers/triggered_by"];
    return {
      id,
      createdOn: created_on,
      author: author_email ?? undefined,
      source: source ?? undefined,
      trigger: typeof trigger === "string" ? trigger : undefined,
      versions: versions.map(({ version_id, percentage }) => ({ id: version_id, percentage })),
    };
  });
}
