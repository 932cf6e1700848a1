import { parseDocument } from "yaml";
import type { TokenFacts } from "../../../api/cloudflare-token.ts";
import { type AccountToken, accountTokens } from "../../../api/cloudflare-tokens.ts";
import { type Credential, credentialFault } from "../../../api/credential.ts";
import { isPassing, ServiceError } from "../../../api/http.ts";
import type { Context } from "../../project/context.ts";
import type { Declared } from "../../project/declared.ts";
import { type Rotation, rotationIn, tokenPrefix } from "../../project/token-record.ts";
import { type Check, ok, unread, warn } from "./check.ts";

const CHECK = "unused tokens";

/** What is looked at: the stored token, and who may list those of its account. */
export interface Listing {
  readonly url: string;
  readonly accountId: string;
  readonly token: Credential;
  readonly facts: TokenFacts;
}

/** Tokens that `rotate --token --platform` created for this stack, and that no Environment holds; and a rotation that was cut off. */
export async function checkTokens(
  context: Context,
  declared: Declared,
  { url, accountId, token, facts }: Listing,
  platform: string | undefined,
): Promise<Check[]> {
  const client = context.client.forOrganization(declared.organization);
  const stored = await client.environment(context.names.cloudflare);
  const note = rotationIn(parseDocument(stored?.yaml ?? ""));
  const usable = platform !== undefined && platform !== "" && credentialFault(platform) === undefined;
  const tokens = accountTokens(url, accountId, usable ? platform : token);
  const own = await tokens.list(tokenPrefix(context)).catch((error: unknown) => {
    if (!(error instanceof ServiceError) || isPassing(error)) throw error;
    return undefined;
  });
  return unusedTokens(own, facts.id, note, context.stack);
}

/** Pure. `own`: the tokens with this stack's name; `undefined` where the token at hand may not list them. */
export function unusedTokens(
  own: readonly AccountToken[] | undefined,
  storedId: string | undefined,
  note: Rotation | undefined,
  stack: string,
): Check[] {
  const again = `npx worker-secrets rotate --token --platform --stack ${stack}`;
  const cut =
    note === undefined
      ? []
      : [
          warn(
            CHECK,
            "a rotation of the deploy token runs, or was cut off before it ended the old one",
            again,
          ),
        ];
  if (own === undefined)
    return [
      ...cut,
      unread(
        CHECK,
        "the deploy token may not list the account's tokens, and need not",
        "To see them, set CLOUDFLARE_PLATFORM_TOKEN to one with 'Account API Tokens: Read', and run: npx worker-secrets doctor",
      ),
    ];
  const unused = own.filter(({ id }) => id !== storedId);
  const found = unused.map(({ id, name }) =>
    warn(CHECK, `'${name}' (id ${id}) is valid, and no Environment holds it`, `It ends with: ${again}`),
  );
  return found.length + cut.length === 0 ? [ok(CHECK, "none with this stack's name")] : [...cut, ...found];
}
