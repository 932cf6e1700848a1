import type { ApiRequest } from "../../http/route.ts";
import { openText, sealText } from "../../store/vault.ts";
import type { PulumiHalf } from "../context.ts";
import { conflict, notFound } from "../errors.ts";
import { organization } from "../input.ts";
import { settledEnding, settledStack } from "./endings.ts";
import { holdsLock, isAbandoned } from "./leases.ts";
import { type Stack, stacks, type Update, type UpdateFacts, updates } from "./records.ts";
import { lastUpdate, stackScope } from "./rows.ts";

/** The stack that a path names, as it stands now: whoever let an update's lease run out has ended it. */
export function findStack(request: ApiRequest, context: PulumiHalf): Stack {
  const key = [organization(request, context), request.param("project"), request.param("stack")];
  const stack = context.store.get(stacks, key);
  if (stack === undefined) throw notFound(`Stack '${key.join("/")}' not found`);
  return settledStack(context, stack);
}

/** The update that a path names. Which kind the path says does not matter: the CLI always says `update`. */
export function findUpdate(request: ApiRequest, context: PulumiHalf, stack: Stack): Update {
  const update = context.store.get(updates, [stack.id, request.param("update")]);
  if (update === undefined) throw notFound("Update not found");
  return update;
}

/** Refuses what must not happen while an update is writing the state. */
export function refuseWhileLocked(context: PulumiHalf, stack: Stack): void {
  const running = lastUpdate(context, stack);
  if (!holdsLock(running, context.now().getTime())) return;
  throw conflict("Another update is currently in progress.");
}

/** An update as it stands now: one whose lease ran out has failed, whether or not anyone wrote that down. */
export function settled(update: Update, now: number): Update {
  return isAbandoned(update, now) ? { ...update, ...settledEnding(update) } : update;
}

export function sealFacts({ vault }: PulumiHalf, stack: Stack, facts: UpdateFacts): string {
  return sealText(vault, stackScope(stack), JSON.stringify(facts));
}

export function openFacts({ vault }: PulumiHalf, stack: Stack, update: Update): UpdateFacts {
  return JSON.parse(openText(vault, stackScope(stack), update.sealedFacts)) as UpdateFacts;
}
