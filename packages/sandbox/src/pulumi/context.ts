import type { Caller } from "./access/caller.ts";
import type { PulumiContext } from "./base-context.ts";
import type { Sessions } from "./environments/sessions.ts";
import type { Tokens } from "./environments/tokens.ts";

/** What handlers see: the `PulumiContext`, who calls, and the open Environments and the key of the tokens, which live in memory only. */
export interface PulumiHalf extends PulumiContext {
  readonly caller: Caller;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
}
