import * as v from "valibot";
import { shaped } from "../../api/http.ts";
import { pulumiHistory } from "../../api/pulumi-history.ts";
import { resourcesOf } from "../../program/deployed.ts";
import type { Context } from "./context.ts";

/** Marks a special value in a state, and a secret among those; the Pulumi SDK's own constants. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const stash = v.object({
  urn: v.pipe(v.string(), v.endsWith("::fingerprint-key")),
  type: v.literal("pulumi:index:Stash"),
  outputs: v.object({
    output: v.object({ [SIGNATURE]: v.literal(SECRET), ciphertext: v.string() }),
  }),
});

/**
 * The key of the stack's fingerprints, with which a value that is stored can be compared with the one that is deployed.
 * `undefined` before the first `up`.
 */
export async function fingerprintKey(context: Context, deployment: unknown): Promise<string | undefined> {
  for (const resource of resourcesOf(deployment)) {
    const parsed = v.safeParse(stash, resource);
    if (!parsed.success) continue;
    const { pulumi, organization, project, stack } = context;
    const opened = await pulumiHistory(pulumi, organization, project, stack).decrypt(
      parsed.output.outputs.output.ciphertext,
    );
    return shaped(v.string(), opened, "Pulumi Cloud");
  }
  return undefined;
}
