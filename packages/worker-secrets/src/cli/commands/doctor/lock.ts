import { pulumiHistory, type RunningOperation } from "../../../api/pulumi-history.ts";
import { isObject } from "../../../objects.ts";
import type { Context } from "../../project/context.ts";
import { type Check, ok, warn } from "./check.ts";

const CHECK = "stack lock";
/** An operation renews its lease all the time; one that is this old may still run, but rarely does. */
const LONG_MINUTES = 30;

/** Who holds the stack, and what an update that died has left in its state. */
export async function checkLock(
  { pulumi, organization, project, stack, client }: Context,
  now: Date,
): Promise<Check[]> {
  const [running, deployment] = await Promise.all([
    pulumiHistory(pulumi, organization, project, stack).running(),
    client.exportStack(project, stack),
  ]);
  return lockChecks(running, pendingOperations(deployment), stack, now);
}

/** Pure: what is said of both. `pending`: the operations of the state whose end nobody has seen. */
export function lockChecks(
  running: RunningOperation | undefined,
  pending: readonly string[],
  stack: string,
  now: Date,
): Check[] {
  const checks: Check[] = [];
  if (running !== undefined) {
    const { kind, author, started } = running;
    const minutes = started === undefined ? undefined : Math.floor((now.getTime() - started) / 60_000);
    const since = minutes === undefined ? "" : ` for ${minutes} min`;
    const who = author === undefined ? "" : ` of ${author}`;
    const dead = minutes !== undefined && minutes >= LONG_MINUTES ? "; it may have died" : "";
    checks.push(
      warn(
        CHECK,
        `the operation '${kind}'${who} has held the stack${since}${dead}`,
        `Wait until it has ended. If its process is gone: pulumi cancel --stack ${stack}`,
      ),
    );
  }
  if (pending.length > 0 && running === undefined)
    checks.push(
      warn(
        CHECK,
        `an update died in the middle of ${pending.join(", ")}: what became of it is not in the state`,
        `Ask the clouds: pulumi refresh --stack ${stack}`,
      ),
    );
  return checks.length === 0 ? [ok(CHECK, "nobody holds the stack, and no update died")] : checks;
}

function pendingOperations(deployment: unknown): string[] {
  const pending: unknown = Object(deployment).pending_operations;
  if (!Array.isArray(pending)) return [];
  return pending.flatMap((one: unknown) => {
    const { type, resource } = Object(one) as Record<string, unknown>;
    const urn = isObject(resource) ? resource.urn : undefined;
    return [`${String(type)} '${String(urn).split("::").at(-1)}'`];
  });
}
