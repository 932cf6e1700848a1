import { table } from "../../store/store.ts";

export type TokenKind = "personal" | "organization" | "team";

/** An access token that was made through the API. Its value is known to whoever made it, and to nobody since. */
export interface AccessToken {
  readonly id: string;
  readonly kind: TokenKind;
  /** Empty for a personal one. */
  readonly organization: string;
  readonly team?: string;
  readonly name: string;
  readonly description: string;
  readonly admin: boolean;
  /** Milliseconds. */
  readonly created: number;
  /** Seconds since 1970; 0 is never. */
  readonly expires: number;
  readonly digest: string;
}

/** What a team may do with a stack: none, read, edit, admin, create. Source: `TeamStackPermission` of the contract. */
export const STACK_PERMISSIONS = [0, 101, 102, 103, 104] as const;
export const ENVIRONMENT_PERMISSIONS = ["none", "read", "open", "write", "admin"] as const;
export type EnvironmentPermission = (typeof ENVIRONMENT_PERMISSIONS)[number];

export interface StackGrant {
  readonly projectName: string;
  readonly stackName: string;
  readonly permission: (typeof STACK_PERMISSIONS)[number];
}

export interface EnvironmentGrant {
  readonly projectName: string;
  readonly envName: string;
  readonly permission: EnvironmentPermission;
  /** A Go duration, as the client wrote it. */
  readonly maxOpenDuration?: string;
}

export interface Team {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly members: readonly { readonly login: string; readonly role: "member" | "admin" }[];
  readonly stacks: readonly StackGrant[];
  readonly environments: readonly EnvironmentGrant[];
}

/** [kind, organization, team, id], empty where a kind has none. */
export const accessTokens = table<AccessToken>("access/tokens");
/** [digest]: the token's key. */
export const tokensByDigest = table<readonly string[]>("access/tokens-by-digest");
/** [organization, name]: the id of the deleted token that had the name, which no other may have again. */
export const spentTokenNames = table<string>("access/spent-token-names");
/** [organization, team] */
export const teams = table<Team>("access/teams");

export const tokenKey = ({ kind, organization, team = "", id }: AccessToken): readonly string[] => [
  kind,
  organization,
  team,
  id,
];
