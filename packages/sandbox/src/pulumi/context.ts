import type { Identity } from "../store/identity.ts";
import type { Store } from "../store/store.ts";
import type { Vault } from "../store/vault.ts";
import type { Caller } from "./access/caller.ts";
import type { Sessions } from "./environments/sessions.ts";
import type { Tokens } from "./environments/tokens.ts";

/** What the Pulumi half works with. Everything it keeps is in `store`; `now` is the only clock it reads. */
export interface PulumiContext {
  readonly store: Store;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly now: () => Date;
  /** Whether updates may keep their state as a journal, when the CLI offers to; else every step sends the whole state. */
  readonly journals: boolean;
}

/** What its handlers see: the same, who calls, and the open Environments and the key of the tokens, which live in memory only. */
export interface PulumiHalf extends PulumiContext {
  readonly caller: Caller;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
}
