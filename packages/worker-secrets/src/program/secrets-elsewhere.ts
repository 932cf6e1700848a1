import type { Deployment } from "../api/cloudflare-deployments.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { newestFirst } from "./live-upload.ts";
import { ownSecrets } from "./secret-names.ts";
import type { Settings } from "./settings.ts";

/** The newest deployment, where somebody made it by setting or deleting a secret. */
export function editedBy(deployments: readonly Deployment[]): Deployment | undefined {
  const [newest] = newestFirst(deployments);
  return newest?.trigger === "secret" ? newest : undefined;
}

/** Whether such a deployment says something of the stack's own secrets. */
export function watches(worker: Secrets): boolean {
  return worker.externalSecrets.length === 0 && ownSecrets(worker).length > 0;
}

type Secrets = Pick<DeclaredWorker, "externalSecrets" | "optionalSecrets" | "programSecrets" | "config">;

/**
 * The deployment by which somebody else set or deleted a secret of a Worker, where it is the one that answers now.
 * Cloudflare never tells a value, so this is all that shows of a declared secret which no longer has ESC's value. A
 * Worker with external secrets is not looked at: their owner sets them this way, and which one it was is not told.
 */
export function editedOf(worker: Secrets, deployments: readonly Deployment[]): Deployment | undefined {
  return watches(worker) ? editedBy(deployments) : undefined;
}

/** Says why there is an upload although nothing of the stack changed. Names nothing that could be a value. */
export async function reportEdited(
  { workers }: Settings,
  edited: ReadonlyMap<string, Deployment>,
): Promise<void> {
  if (edited.size === 0) return;
  const { log } = await import("@pulumi/pulumi");
  for (const { name, scriptName } of workers) {
    const by = edited.get(name);
    if (by === undefined) continue;
    await log.warn(
      `Secrets of the Worker '${scriptName}' were set or deleted by ${by.author ?? "somebody"} on ${by.createdOn} (deployment ${by.id}). Cloudflare does not tell their values, so all declared ones are uploaded again, as the stack has them. To keep a value set there: put it into ESC (pulumi env set), or list the name in externalSecrets.`,
    );
  }
}
