import * as v from "valibot";
import { type AccountAccess, request } from "../../../api/cloudflare.ts";
import { bearer } from "../../../api/credential.ts";
import { ServiceError, shaped } from "../../../api/http.ts";
import type { Fault } from "../../../faults.ts";
import { resourcesOf } from "../../../program/deployed.ts";

const bucket = v.object({
  urn: v.string(),
  type: v.literal("cloudflare:index/r2Bucket:R2Bucket"),
  inputs: v.object({ name: v.string() }),
});

/** What the API answers to the deletion of a bucket that holds objects, whoever asks. */
const NOT_EMPTY = 10008;

/**
 * A fault for each R2 bucket among `going` (URNs) that holds objects. The API refuses to delete one, in the middle of a destroy
 * that has removed other things by then, so it is found before anything goes.
 */
export async function fullBuckets(
  { url, accountId, token }: AccountAccess,
  state: unknown,
  going: readonly string[],
): Promise<Fault[]> {
  const names = resourcesOf(state).flatMap((resource) => {
    const parsed = v.safeParse(bucket, resource);
    return parsed.success && going.includes(parsed.output.urn) ? [parsed.output.inputs.name] : [];
  });
  const faults = await Promise.all(
    names.map(async (name): Promise<Fault[]> => {
      const path = `/accounts/${encodeURIComponent(accountId)}/r2/buckets/${encodeURIComponent(name)}/objects?per_page=1`;
      const listed = await request({
        method: "GET",
        url: `${url}${path}`,
        headers: { authorization: bearer(token) },
      }).catch((error: unknown) => {
        // A bucket that is gone, or a token that may not list: the deletion itself tells.
        if (error instanceof ServiceError && error.status >= 400 && error.status < 500) return [];
        throw error;
      });
      const objects = shaped(v.nullish(v.array(v.object({ key: v.string() }))), listed, "Cloudflare") ?? [];
      if (objects.length === 0) return [];
      return [
        {
          where: `R2 bucket '${name}'`,
          what: `it holds objects, and Cloudflare deletes no bucket that does (${NOT_EMPTY}): the stack would be half destroyed`,
          fix: `Copy what you need, and empty it: npx wrangler r2 object delete ${name}/KEY for each, or a rule that expires all: npx wrangler r2 bucket lifecycle add ${name}. Then run teardown again.`,
        },
      ];
    }),
  );
  return faults.flat();
}
