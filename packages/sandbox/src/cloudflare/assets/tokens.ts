import { openText, sealText, type Vault, WrongKey } from "../../store/vault.ts";
import { fault } from "../envelope.ts";

/** What a token of the asset upload is for: sending the files, or naming them in an upload of the script. */
export type AssetTokenKind = "upload" | "complete";

interface Claims {
  readonly kind: AssetTokenKind;
  readonly session: string;
  /** Unix time in seconds. wrangler reads it, to tell an expired token from a refused one. */
  readonly exp: number;
}

const LIFETIME_SECONDS = 60 * 60;
const SCOPE = "asset-token";

/** In the form of a JWT, which clients look into. What makes it genuine is its last part, sealed by the vault. */
export function assetToken(vault: Vault, kind: AssetTokenKind, session: string, now: Date): string {
  const claims: Claims = { kind, session, exp: Math.floor(now.getTime() / 1000) + LIFETIME_SECONDS };
  const payload = JSON.stringify(claims);
  return inWhole(payload, Buffer.from(sealText(vault, SCOPE, payload), "base64"));
}

function inWhole(payload: string, seal: Buffer): string {
  const parts = [Buffer.from('{"alg":"sandbox","typ":"JWT"}'), Buffer.from(payload), seal];
  return parts.map((part) => part.toString("base64url")).join(".");
}

/** The id of the session that the token belongs to. Refuses any other token than one of this kind, still valid. */
export function sessionOf(vault: Vault, kind: AssetTokenKind, token: string, now: Date): string {
  const claims = opened(vault, token);
  if (claims === undefined || claims.kind !== kind) {
    throw fault(
      403,
      10000,
      `This is not a token for the ${kind === "upload" ? "upload" : "completion"} of assets.`,
    );
  }
  if (claims.exp * 1000 <= now.getTime()) {
    throw fault(403, 10000, "The token for the upload of assets has expired. Begin another session.");
  }
  return claims.session;
}

function opened(vault: Vault, token: string): Claims | undefined {
  const seal = Buffer.from(token.split(".")[2] ?? "", "base64url");
  try {
    const payload = openText(vault, SCOPE, seal.toString("base64"));
    // What clients read of it is what was sealed, and nothing was put in or added that decoding passes over.
    return inWhole(payload, seal) === token ? (JSON.parse(payload) as Claims) : undefined;
  } catch (error) {
    if (error instanceof WrongKey || error instanceof TypeError || error instanceof RangeError)
      return undefined;
    throw error;
  }
}
