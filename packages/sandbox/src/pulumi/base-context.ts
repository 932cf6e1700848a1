import type { Identity } from "../store/identity.ts";
import type { Store } from "../store/store.ts";
import type { Vault } from "../store/vault.ts";

/** What the Pulumi half works with. Everything it keeps is in `store`; `now` is the only clock it reads. */
export interface PulumiContext {
  readonly store: Store;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly now: () => Date;
  /** Whether updates may keep their state as a journal, when the CLI offers to; else every step sends the whole state. */
  readonly journals: boolean;
}
