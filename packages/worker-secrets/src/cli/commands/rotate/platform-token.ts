import { type AccountTokens, accountTokens } from "../../../api/cloudflare-tokens.ts";
import { credentialFault } from "../../../api/credential.ts";
import { FaultsError } from "../../../faults.ts";
import { valueTree } from "../../../program/values.ts";
import type { Target } from "../../project/target.ts";

/** The token that may make tokens: out of its own Environment, or this process's variable. Never the deploy token's. */
export async function platformTokens(
  { context, declared }: Pick<Target, "context" | "declared">,
  accountId: string,
  wanted: boolean | string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<AccountTokens | undefined> {
  if (wanted === undefined || wanted === false) return undefined;
  const variable = env.CLOUDFLARE_PLATFORM_TOKEN;
  const environment = typeof wanted === "string" ? wanted : `${context.project}/platform-cloudflare`;
  let token: unknown = variable;
  if (variable === undefined || variable === "") {
    const client = context.client.forOrganization(declared.organization);
    const there = await client.environment(environment);
    token = there && valueTree(await client.openEnvironment(environment)).shared.CLOUDFLARE_API_TOKEN;
  }
  const wrong = typeof token === "string" ? credentialFault(token) : undefined;
  if (wrong !== undefined)
    throw new FaultsError([
      {
        where: variable ? "CLOUDFLARE_PLATFORM_TOKEN" : `Environment ${environment}`,
        what: `the token that makes tokens: ${wrong}; it was not sent`,
        fix: "Set the token alone.",
      },
    ]);
  if (typeof token === "string") return accountTokens(context.cloudflareUrl, accountId, token);
  throw new FaultsError([
    {
      where: `Environment ${environment}, environmentVariables.CLOUDFLARE_API_TOKEN`,
      what: "there is no token that may make tokens, neither there nor in CLOUDFLARE_PLATFORM_TOKEN",
      fix: "Store one with the permission 'Account API Tokens: Edit' there (pulumi env edit), or give the new token by --value -.",
    },
  ]);
}

/** `90d`: days from now. */
export function expiry(text: string, now = new Date()): Date {
  const days = /^([1-9]\d{0,3})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now.getTime() + Number(days) * 86_400_000);
  throw new FaultsError([
    { where: "--expires", what: `'${text}' is no number of days`, fix: "Write it as 90d." },
  ]);
}
