import { type ApiRequest, empty, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, Refusal } from "../errors.ts";
import { findStack, findUpdate } from "./find.ts";
import { U, withLease } from "./lease-routes.ts";
import { parseObject, rawMembers, type UntypedDeployment, untypedDeployment } from "./raw.ts";
import { states, type Update } from "./records.ts";
import { putStack, putUpdate, versionKey } from "./rows.ts";

/**
 * Writes the running update's state. It goes straight into the record of the update's own version, each checkpoint
 * over the last: whatever ends the update, what was acknowledged is the stack's state.
 */
function write(
  request: ApiRequest,
  context: PulumiHalf,
  deployment: UntypedDeployment | undefined,
  supersedes: (update: Update) => Update | undefined = (update) => update,
): Response {
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const { update } = withLease(request, context, findUpdate(request, context, stack));
    if (update.dryRun || update.version === undefined)
      throw new Refusal(403, "Forbidden: Updating the checkpoint is not permitted for preview operations.");
    if (update.journal !== undefined)
      throw badRequest("the update keeps a journal, and takes no checkpoints");
    const written = supersedes(update);
    // `isInvalid` comes without a deployment: the last good state stays.
    if (written === undefined || deployment === undefined) return empty();
    context.store.put(states, versionKey(stack, update.version), deployment.text);
    if (written !== update) putUpdate(context, stack, written);
    if (stack.stateVersion !== update.version || stack.resourceCount !== deployment.resourceCount) {
      putStack(context, { ...stack, stateVersion: update.version, resourceCount: deployment.resourceCount });
    }
    return empty();
  });
}

async function checkpoint(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  return write(request, context, untypedDeployment(await request.text()));
}

/** The same, numbered: a repeated or overtaken one must not undo a later one. */
async function verbatim(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const text = await request.text();
  const sequence = parseObject(text).sequenceNumber;
  if (typeof sequence !== "number") throw badRequest("sequenceNumber must be a number");
  const raw = rawMembers(text).get("untypedDeployment");
  return write(request, context, raw === undefined ? undefined : untypedDeployment(raw), (update) =>
    update.sequence !== undefined && update.sequence > sequence ? undefined : { ...update, sequence },
  );
}

function notOffered(): Response {
  throw new Refusal(501, "Not Implemented: delta checkpoints are not in the sandbox, and not offered by it");
}

export const checkpointRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "PATCH",
    path: `${U}/checkpoint`,
    credential: "lease",
    operation: "PatchUpdateCheckpoint",
    handle: checkpoint,
  },
  {
    method: "PATCH",
    path: `${U}/checkpointverbatim`,
    credential: "lease",
    operation: "PatchUpdateVerbatimCheckpoint",
    handle: verbatim,
  },
  {
    method: "PATCH",
    path: `${U}/checkpointdelta`,
    credential: "lease",
    operation: "absent: a delta checkpoint",
    handle: notOffered,
  },
];
