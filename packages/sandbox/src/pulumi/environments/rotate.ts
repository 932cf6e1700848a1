import { randomUUID } from "node:crypto";
import type { Diagnostic, Rotation } from "@worker-secrets/esc";
import * as v from "valibot";
import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, conflict } from "../errors.ts";
import { body } from "../input.ts";
import { addRevision, refuseIfChanged } from "./definitions.ts";
import { evaluated, rotated, stored } from "./evaluation.ts";
import { E, findEnvironment, findRevision } from "./find.ts";
import { type Environment, type RotationEvent, rotationEvents, type SecretRotation } from "./records.ts";
import { sealText } from "./seal.ts";
import { writeState } from "./state-patch.ts";

/** The Go clients write the name as their struct does, with a capital; the contract has it small. */
const paths = v.nullish(v.array(v.string()));
const rotateSchema = v.object({ Paths: paths, paths });

/** Environments that are being rotated: a second rotation would renew secrets that the first one then forgets. */
const running = new WeakMap<PulumiHalf, Set<string>>();

async function rotate(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const given = await body(request, rotateSchema);
  const wanted = given.Paths ?? given.paths ?? [];
  const environment = findEnvironment(request, context);
  refuseIfChanged(request, environment);
  const busy = running.get(context) ?? new Set();
  running.set(context, busy);
  if (busy.has(environment.id)) throw conflict("the environment is being rotated");
  busy.add(environment.id);
  try {
    return await rotateNow(request, context, environment, wanted);
  } finally {
    busy.delete(environment.id);
  }
}

async function rotateNow(
  request: ApiRequest,
  context: PulumiHalf,
  environment: Environment,
  wanted: readonly string[],
): Promise<Response> {
  const { text } = findRevision(context, environment, "latest");
  const definition = stored(context, environment, text);
  // Before anything is called: what is wrong already would lose the new secrets.
  evaluated(context, definition, { mode: "check" });
  const begun = {
    id: randomUUID(),
    environmentId: environment.id,
    created: context.now().toISOString(),
    preRotationRevision: environment.latest,
    userID: context.identity.user,
  };
  const result = await attempt(() => rotated(request, context, definition, wanted.flatMap(readings)));
  const { rotations, text: changed } = applied(text, result, wanted);
  const failed = rotations.some(({ status }) => status === "failed");
  const event = context.store.transaction((): RotationEvent => {
    const current = findEnvironment(request, context);
    const lost = current.id !== environment.id || current.latest !== environment.latest;
    const renewed = changed !== text && !lost;
    const number = renewed
      ? addRevision(context, current, sealText(context, current, changed)).number
      : undefined;
    const made: RotationEvent = {
      ...begun,
      ...(number === undefined ? {} : { postRotationRevision: number }),
      completed: context.now().toISOString(),
      status: failed || lost ? "failed" : "succeeded",
      ...(lost ? { errorMessage: CHANGED } : {}),
      rotations,
    };
    context.store.put(rotationEvents, [environment.id, made.created, made.id], made);
    return made;
  });
  if (event.errorMessage !== undefined) throw conflict(event.errorMessage);
  return json(200, { id: event.id, secretRotationEvent: event });
}

const CHANGED = "the environment has changed since it was read";

/** A path, as clients send it: some count from the document's top, others from `values`. */
function readings(path: string): string[] {
  const below = /^values(?:\.|(?=\[))(.+)$/.exec(path)?.[1];
  return below === undefined ? [path] : [below, path];
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith("cannot rotate: "))
      throw badRequest(error.message);
    throw error;
  }
}

/** The text with every state that could be renewed, and how each rotation went. */
function applied(
  text: string,
  { rotations, diagnostics }: { rotations: readonly Rotation[]; diagnostics: readonly Diagnostic[] },
  wanted: readonly string[],
): { text: string; rotations: SecretRotation[] } {
  let changed = text;
  const told = rotations.map(({ path, status, error, patch }): SecretRotation => {
    const made = { id: randomUUID(), environmentPath: path };
    if (status === "succeeded" && patch) {
      changed = writeState(changed, patch);
      return { ...made, status: "succeeded" };
    }
    const fault = diagnostics.find((found) => found.severity !== "warning" && found.path?.startsWith(path));
    const errorMessage = error ?? fault?.summary ?? "the inputs or the state could not be evaluated";
    return { ...made, status: "failed", errorMessage };
  });
  const found = new Set(rotations.map(({ path }) => path));
  for (const path of wanted) {
    if (readings(path).some((reading) => found.has(`values.${reading}`) || found.has(`values${reading}`)))
      continue;
    const errorMessage = "there is no rotated secret at this path";
    told.push({ id: randomUUID(), environmentPath: path, status: "failed", errorMessage });
  }
  return { text: changed, rotations: told };
}

export const rotateRoutes: readonly Route<PulumiHalf>[] = [
  { method: "POST", path: `${E}/rotate`, operation: "RotateEnvironment", handle: rotate },
  {
    method: "GET",
    path: `${E}/rotate/history`,
    operation: "ListEnvironmentSecretRotationHistory",
    handle: (request, context) => {
      const { id } = findEnvironment(request, context);
      const events = context.store.list(rotationEvents, [id]).map(({ record }) => record);
      return json(200, { events: events.reverse() });
    },
  },
];
