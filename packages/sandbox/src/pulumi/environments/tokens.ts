import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { PulumiContext } from "../base-context.ts";

/** What a token for an adapter vouches for. */
export interface TokenClaims {
  /** The URL that is called, as the definition writes it. */
  readonly audience: string;
  readonly body: string;
  readonly rootEnvironment: string;
  readonly currentEnvironment: string;
}

/** Signs the calls of adapters (RS256), and shows the key that they verify with. */
export interface Tokens {
  sign(issuer: string, organization: string, claims: TokenClaims): string;
  keys(): { keys: readonly unknown[] };
}

const LIFETIME_SECONDS = 600;

/** The key lives as long as the process: a token is good for minutes, and nothing stored depends on it. */
export function createTokens({ identity, now }: Pick<PulumiContext, "identity" | "now">): Tokens {
  const id = randomUUID();
  let made: ReturnType<typeof makePair> | undefined;
  const pair = () => {
    made ??= makePair();
    return made;
  };
  return {
    sign(iss, org, { audience, body, rootEnvironment, currentEnvironment }) {
      const iat = Math.floor(now().getTime() / 1000);
      const claims = {
        iss,
        sub: `pulumi:environments:org:${org}:env:${currentEnvironment}`,
        aud: audience,
        iat,
        exp: iat + LIFETIME_SECONDS,
        jti: randomUUID(),
        org,
        env: currentEnvironment.slice(currentEnvironment.indexOf("/") + 1),
        current_env: currentEnvironment,
        root_env: rootEnvironment,
        trigger_user: identity.user,
        body_hash: `sha256-${createHash("sha256").update(body).digest("base64")}`,
      };
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const content = `${part({ alg: "RS256", typ: "JWT", kid: id })}.${part(claims)}`;
      return `${content}.${sign("sha256", Buffer.from(content), pair().privateKey).toString("base64url")}`;
    },
    keys: () => ({
      keys: [{ ...pair().publicKey.export({ format: "jwk" }), kid: id, alg: "RS256", use: "sig" }],
    }),
  };
}

function makePair() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}
