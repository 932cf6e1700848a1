import type { Identity } from "../store/identity.ts";
import type { Store } from "../store/store.ts";
import type { Vault } from "../store/vault.ts";
import type { Sessions } from "./environments/sessions.ts";
import type { Tokens } from "./environments/tokens.ts";

/** What the Pulumi half works with. Everything it keeps is in `store`; `now` is the only clock it reads. */
export interface PulumiContext {
  readonly store: Store;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly now: () => Date;
}

/** What its handlers see: the same, and the open Environments and the key of the tokens, which live in memory only. */
export interface PulumiHalf extends PulumiContext {
  readonly sessions: Sessions;
  readonly tokens: Tokens;
}
