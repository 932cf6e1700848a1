import { randomUUID } from "node:crypto";
import type { PulumiHalf } from "../context.ts";
import { sealFacts } from "./find.ts";
import type { UntypedDeployment } from "./raw.ts";
import { history, type Stack, states } from "./records.ts";
import { putStack, putUpdate, versionKey } from "./rows.ts";

/** A new state that no engine's run made: an update of its own in the history. Gives its id; within a transaction. */
export function writeState(
  context: PulumiHalf,
  stack: Stack,
  kind: "import" | "rename",
  { text, resourceCount }: UntypedDeployment,
): string {
  const now = context.now().getTime();
  const version = stack.version + 1;
  const id = randomUUID();
  putUpdate(context, stack, {
    id,
    kind,
    dryRun: false,
    status: "succeeded",
    created: now,
    started: now,
    ended: now,
    version,
    resourceCount,
    sealedFacts: sealFacts(context, stack, { message: "", environment: {}, config: {} }),
  });
  context.store.put(history, versionKey(stack, version), id);
  context.store.put(states, versionKey(stack, version), text);
  putStack(context, {
    ...stack,
    version,
    stateVersion: version,
    resourceCount,
    lastUpdate: id,
    lastUpdated: now,
  });
  return id;
}
