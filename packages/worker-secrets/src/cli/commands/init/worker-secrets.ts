import * as v from "valibot";
import { request } from "../../../api/cloudflare.ts";
import { scriptNames } from "../../../api/cloudflare-token.ts";
import { bearer, type Credential } from "../../../api/credential.ts";
import { ServiceError, shaped } from "../../../api/http.ts";
import { FaultsError } from "../../../faults.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { ownSecrets } from "../../../program/secret-names.ts";
import type { Context } from "../../project/context.ts";

/**
 * Compares the secrets of a deployed Worker (names only: values can't be read) with what the stack's Workers declare.
 * Gives notes for people.
 */
export async function scriptNamesOn(
  script: string,
  { cloudflareUrl }: Pick<Context, "cloudflareUrl">,
  { accountId, token }: { readonly accountId: string; readonly token: Credential },
  workers: readonly DeclaredWorker[],
): Promise<string[]> {
  const path = `/accounts/${encodeURIComponent(accountId)}/workers/scripts/${encodeURIComponent(script)}/secrets`;
  let names: string[];
  try {
    const headers = { authorization: bearer(token) };
    const result = await request({ method: "GET", url: `${cloudflareUrl}${path}`, headers });
    names = shaped(v.array(v.object({ name: v.string() })), result, "Cloudflare").map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new FaultsError([
      {
        where: `--from-worker ${script}`,
        what: `its secrets can't be listed (${error.code}: ${error.message})`,
        fix: await otherNames(cloudflareUrl, accountId, token),
      },
    ]);
  }
  const declared = new Set(workers.flatMap((worker) => [...ownSecrets(worker), ...worker.externalSecrets]));
  const others = names.filter((name) => !declared.has(name));
  return [
    `The Worker '${script}' has ${names.length === 0 ? "no secrets" : `the secrets ${names.join(", ")}`}.`,
    ...(others.length === 0
      ? []
      : [
          `No Worker of the stack declares ${others.join(", ")}: add ${others.length === 1 ? "it" : "them"} to 'secrets.required', or keep ${others.length === 1 ? "it" : "them"} as somebody else's with: ws adopt ${script} ${others.map((name) => `--external ${name}`).join(" ")}`,
        ]),
  ];
}

/** No command of wrangler lists the Workers of an account. */
async function otherNames(url: string, accountId: string, token: Credential): Promise<string> {
  const names = await scriptNames(url, accountId, token).catch(() => undefined);
  if (names === undefined) return "The account's Workers are listed in the dashboard (Workers & Pages).";
  return names.length === 0
    ? "The account has no Workers: leave the option out."
    : `Name one of the account's Workers: ${names.join(", ")}`;
}
