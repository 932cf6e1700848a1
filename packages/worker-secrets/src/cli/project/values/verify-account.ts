import { cloudflareClient } from "../../../api/cloudflare.ts";
import { scriptNames, verifyToken } from "../../../api/cloudflare-token.ts";
import type { Credential } from "../../../api/credential.ts";
import { ServiceError } from "../../../api/http.ts";
import { worldFault } from "../../../api/worlds.ts";
import type { Fault } from "../../../faults.ts";

export interface Account {
  readonly url: string;
  readonly accountId: string;
  readonly token: Credential;
  /** A Worker of the stack is to be served at workers.dev. */
  readonly needsSubdomain: boolean;
  /** Where the token came from, for messages. */
  readonly source: string;
}

export interface Verified {
  readonly faults: readonly Fault[];
  /** What is worth a word but stops nothing. */
  readonly notes: readonly string[];
}

const NEW_TOKEN =
  "Make one in the dashboard (template 'Edit Cloudflare Workers', for this account) and give it; a stored one is replaced by --replace CLOUDFLARE_API_TOKEN.";

/**
 * Asks Cloudflare whether the token is good and can work with the account's Workers, before anything is stored. Only
 * reads: a permission to write can't be tried without writing.
 */
export async function verifyAccount(account: Account, now = new Date()): Promise<Verified> {
  const { url, accountId, token, needsSubdomain, source } = account;
  const notes: string[] = [];
  const where = `the deploy token (${source})`;
  const otherWorld = worldFault(token, url);
  if (otherWorld !== undefined) {
    const fix =
      "Give a token of that world, or set CLOUDFLARE_BASE_URL and PULUMI_BACKEND_URL for the other one.";
    return { faults: [{ where, what: otherWorld, fix }], notes };
  }
  try {
    const { kind, status, expiresOn } = await verifyToken(url, accountId, token);
    if (kind === "unknown") {
      return {
        faults: [
          {
            where,
            what: "Cloudflare does not know it: not as a user's token and not as one of this account",
            fix: NEW_TOKEN,
          },
        ],
        notes,
      };
    }
    if (status !== "active") return { faults: [{ where, what: `it is ${status}`, fix: NEW_TOKEN }], notes };
    if (expiresOn !== undefined) {
      const days = Math.floor((Date.parse(expiresOn) - now.getTime()) / 86_400_000);
      notes.push(`The token ends on ${expiresOn} (in ${days} days).`);
    }
  } catch (error) {
    return { faults: [noAnswer(url, error)], notes };
  }
  try {
    await scriptNames(url, accountId, token);
    const subdomain = await cloudflareClient(url, token).subdomain(accountId);
    if (subdomain === undefined && needsSubdomain)
      notes.push(
        "The account has no workers.dev subdomain yet: register one in the dashboard (Workers & Pages), or set 'workers_dev: false'.",
      );
    return { faults: [], notes };
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status === 0 || error.status === 429 || error.status >= 500)
      return { faults: [noAnswer(url, error)], notes };
    return {
      faults: [
        {
          where: `Cloudflare account ${accountId}`,
          what: `the token is valid but can't read this account's Workers (${error.code}: ${error.message})`,
          fix: "Check the account id, and that the token has Workers Scripts: Edit on that account.",
        },
      ],
      notes,
    };
  }
}

function noAnswer(url: string, error: unknown): Fault {
  if (!(error instanceof ServiceError)) throw error;
  return { where: `Cloudflare (${url})`, what: error.message, fix: "Run the same command again." };
}
