import { createHash } from "node:crypto";
import { sameToken } from "../../http/guard.ts";
import type { PulumiContext } from "../base-context.ts";
import { accessTokens, type TokenKind, teams, tokensByDigest } from "./records.ts";

/** Who a request comes from, and what of the sandbox exists for them. */
export interface Caller {
  readonly kind: TokenKind;
  /** The organizations whose data they can reach; to them, there are no others. */
  readonly organizations: readonly string[];
  /** The token they came with, unless it is the sandbox's own. */
  readonly token?: { readonly name: string; readonly organization: string; readonly team?: string };
}

export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The user, by the sandbox's own token. */
export function userCaller({ identity }: PulumiContext): Caller {
  return { kind: "personal", organizations: [...new Set([identity.user, identity.organization])] };
}

/** The user's own token, or one that was made since and has not expired; else nobody. */
export function callerOf(token: string, context: PulumiContext): Caller | undefined {
  const { identity, store, now } = context;
  const user = userCaller(context);
  if (sameToken(token, identity.token)) return user;
  const key = store.get(tokensByDigest, [digestOf(token)]);
  const found = key === undefined ? undefined : store.get(accessTokens, key);
  if (found === undefined || (found.expires !== 0 && found.expires * 1000 <= now().getTime()))
    return undefined;
  const { kind, name, organization, team } = found;
  const shown = { name, organization, ...(team === undefined ? {} : { team }) };
  return { kind, organizations: kind === "personal" ? user.organizations : [organization], token: shown };
}

/** Whether a team was given at least the right to see a stack. Everyone else sees all of their organizations'. */
export function seesStack(
  caller: Caller,
  { store }: PulumiContext,
  stack: { readonly organization: string; readonly project: string; readonly name: string },
): boolean {
  if (!caller.organizations.includes(stack.organization)) return false;
  if (caller.token?.team === undefined) return true;
  const team = store.get(teams, [stack.organization, caller.token.team]);
  return (team?.stacks ?? []).some(
    (grant) => grant.projectName === stack.project && grant.stackName === stack.name && grant.permission > 0,
  );
}
