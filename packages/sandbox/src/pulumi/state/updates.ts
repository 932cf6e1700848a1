import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { conflict, Refusal } from "../errors.ts";
import { body, seconds } from "../input.ts";
import { endUpdate, settledEnding } from "./endings.ts";
import { findStack, findUpdate, sealFacts, settled } from "./find.ts";
import { JOURNAL_VERSION } from "./journal/entries.ts";
import { KIND, leaseToken, S, U, withLease } from "./lease-routes.ts";
import { holds, holdsLock, isAbandoned, LEASE_SECONDS, newLeaseToken, tokenDigest } from "./leases.ts";
import { noteUnversioned } from "./pruning.ts";
import { history, type Stack, type Update } from "./records.ts";
import { lastUpdate, putStack, putUpdate, versionKey } from "./rows.ts";
import { tagsSchema } from "./shapes.ts";

const createSchema = v.object({
  options: v.nullish(v.object({ dryRun: v.nullish(v.boolean()) })),
  config: v.nullish(v.record(v.string(), v.unknown())),
  metadata: v.nullish(
    v.object({ message: v.nullish(v.string()), environment: v.nullish(v.record(v.string(), v.string())) }),
  ),
});

async function create(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, createSchema);
  const stack = findStack(request, context);
  const kind = request.param("kind");
  const update: Update = {
    id: randomUUID(),
    kind,
    // The preview inside `pulumi up` says `update` and `dryRun`; `pulumi preview` says `preview`.
    dryRun: kind === "preview" || wanted.options?.dryRun === true,
    status: "not-started",
    created: context.now().getTime(),
    sealedFacts: sealFacts(context, stack, {
      message: wanted.metadata?.message ?? "",
      environment: wanted.metadata?.environment ?? {},
      config: wanted.config ?? {},
    }),
  };
  context.store.transaction(() => {
    putUpdate(context, stack, update);
    noteUnversioned(context, stack, update);
  });
  return json(200, { updateID: update.id });
}

// `journalVersion` is what the CLI offers; echoing it turns the journal on, leaving it out asks for checkpoints.
const startSchema = v.object({ tags: v.nullish(tagsSchema), journalVersion: v.nullish(v.number()) });

async function start(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const { tags, journalVersion } = await body(request, startSchema);
  const now = context.now().getTime();
  const token = newLeaseToken();
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const update = findUpdate(request, context, stack);
    if (update.status !== "not-started") throw conflict("The Update has already started.");
    const journals = context.journals && !update.dryRun && journalVersion === JOURNAL_VERSION;
    const running: Update = {
      ...update,
      status: "running",
      started: now,
      ...(journals ? { journal: { engine: engineVersion(request) } } : {}),
      lease: { tokenDigest: tokenDigest(token), expires: now + LEASE_SECONDS * 1000 },
    };
    const version = update.dryRun
      ? startDryRun(context, stack, running)
      : startLocked(context, stack, running, tags ?? undefined);
    return json(200, {
      version,
      token,
      tokenExpiration: seconds(now) + LEASE_SECONDS,
      ...(journals ? { journalVersion } : {}),
    });
  });
}

/** The CLI's version out of `pulumi-cli/1 (v3.259.0; linux; …)`, which a state's manifest names; else empty. */
function engineVersion({ headers }: ApiRequest): string {
  return /^pulumi-cli\/\S+ \((v[0-9][^;)\s]*)/.exec(headers.get("user-agent") ?? "")?.[1] ?? "";
}

function startDryRun(context: PulumiHalf, stack: Stack, update: Update): number {
  putUpdate(context, stack, update);
  return stack.version;
}

function startLocked(
  context: PulumiHalf,
  stack: Stack,
  update: Update,
  tags: Readonly<Record<string, string>> | undefined,
): number {
  const now = context.now().getTime();
  const previous = lastUpdate(context, stack);
  // The CLI turns any 409 here into its own 'another update is in progress'.
  if (holdsLock(previous, now)) throw conflict("Another update is currently in progress.");
  const version = stack.version + 1;
  putUpdate(context, stack, { ...update, version });
  context.store.put(history, versionKey(stack, version), update.id);
  putStack(context, {
    ...stack,
    version,
    lastUpdate: update.id,
    lastUpdated: now,
    ...(tags === undefined ? {} : { tags }),
  });
  return version;
}

const completeSchema = v.object({ status: v.picklist(["succeeded", "failed", "cancelled"]) });

async function complete(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const { status } = await body(request, completeSchema);
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const found = findUpdate(request, context, stack);
    // A completion that is sent again, because its first reply got lost, is as good as the first.
    if (found.status === status && holds(found, leaseToken(request.headers))) return empty();
    const { update } = withLease(request, context, found);
    endUpdate(context, stack, update, { status, ended: context.now().getTime() });
    return empty();
  });
}

/** Ends the lease: the CLI that holds it learns so by the 403 of its next renewal or checkpoint. */
function cancel(request: ApiRequest, context: PulumiHalf): Response {
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const update = findUpdate(request, context, stack);
    if (update.status === "cancelled") return empty();
    if (update.status === "not-started") throw conflict("The Update has not started.");
    if (update.status !== "running") throw conflict("The Update has already completed.");
    const now = context.now().getTime();
    // The last update's lease is looked at with the stack; this is a dry run's.
    const ending = isAbandoned(update, now)
      ? settledEnding(update)
      : ({ status: "cancelled", ended: now } as const);
    endUpdate(context, stack, update, ending);
    return empty();
  });
}

const renewSchema = v.object({ duration: v.number() });

async function renew(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const { duration } = await body(request, renewSchema);
  if (!(duration > 0 && duration <= LEASE_SECONDS)) {
    throw new Refusal(400, `Bad Request: Renewal duration must be between 0 and ${LEASE_SECONDS} seconds`);
  }
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const { update, lease, token } = withLease(request, context, findUpdate(request, context, stack));
    const expires = context.now().getTime() + duration * 1000;
    putUpdate(context, stack, { ...update, lease: { ...lease, expires } });
    return json(200, { token, tokenExpiration: seconds(expires) });
  });
}

function status(request: ApiRequest, context: PulumiHalf): Response {
  const stack = findStack(request, context);
  const update = settled(findUpdate(request, context, stack), context.now().getTime());
  const going = update.status === "not-started" || update.status === "running";
  return json(200, {
    status: update.status === "not-started" ? "not started" : update.status,
    events: [],
    // A token says 'ask again'; none says that the update has ended.
    ...(going ? { continuationToken: "0" } : {}),
  });
}

export const updateRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: `${S}/${KIND}`,
    operation: "CreateUpdate",
    handle: create,
  },
  { method: "GET", path: U, operation: "GetUpdateStatus", handle: status },
  { method: "POST", path: U, operation: "StartUpdate", handle: start },
  {
    method: "POST",
    path: `${U}/complete`,
    credential: "lease",
    operation: "CompleteUpdate",
    handle: complete,
  },
  { method: "POST", path: `${U}/cancel`, operation: "CancelUpdate", handle: cancel },
  {
    method: "POST",
    path: `${U}/renew_lease`,
    credential: "lease",
    operation: "RenewUpdateLease",
    handle: renew,
  },
];
