import type * as pulumi from "@pulumi/pulumi";
import { type Fault, refuseIfAny } from "../faults.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Found } from "./found.ts";
import { type Elsewhere, verdict } from "./live-upload.ts";
import { stackMark, type Uploader, uploadKeyOf } from "./upload-mark.ts";
import { uploadText } from "./upload-text.ts";

/**
 * Stops before an upload that would overwrite what somebody deployed since the stack's last one: a rollback, a gradual
 * deployment, an upload by other tools. Where no upload is due it only says what answers, and gives the Workers to leave as they
 * are, by name: a refresh may have brought into the state what somebody deployed, which would make the engine upload again.
 * Runs before anything but the fingerprints' key is registered.
 */
export async function guardLiveUploads(inputs: Found): Promise<ReadonlySet<string>> {
  const { settings, observed } = inputs;
  const faults: Fault[] = [];
  const left = new Set<string>();
  for (const worker of settings.workers) {
    const live = observed.live.get(worker.name);
    if (live?.kind !== "elsewhere") continue;
    const key = await uploadKeyBefore(worker, inputs);
    const edited = observed.editedSecrets.has(worker.name);
    const decided = verdict(live, stackMark(settings), key, {
      overwrite: worker.overwriteDeployment,
      edited,
    });
    if (decided === "stop") faults.push(overwriteFault(worker, live, settings));
    if (decided !== "nothing-due") continue;
    left.add(worker.name);
    const { log } = await import("@pulumi/pulumi");
    await log.warn(
      `The Worker '${worker.scriptName}' does not serve the stack's last upload: ${describe(live, settings)}. No upload is due, so it stays as it is; the next one will stop here.`,
    );
  }
  refuseIfAny(faults);
  return left;
}

/** Fingerprint of what would be uploaded; `undefined` where the program has yet to pass a part of it. */
async function uploadKeyBefore(worker: DeclaredWorker, inputs: Found): Promise<string | undefined> {
  if (worker.programSecrets.length > 0) return undefined;
  const secrets = inputs.values.get(worker.name) ?? new Map<string, string>();
  return ifKnown(inputs.fingerprints.of(worker.name, uploadText(worker, inputs, secrets)));
}

/** The fault of an upload that is due; also for a command that wants to know before it stores anything. */
export function overwriteFault(
  { scriptName, config, programSecrets }: Pick<DeclaredWorker, "scriptName" | "config" | "programSecrets">,
  live: Elsewhere,
  settings: Uploader,
): Fault {
  const { stack } = settings;
  const upload =
    programSecrets.length === 0
      ? "the upload that is due would overwrite that"
      : "an upload would overwrite that, and whether one is due is not known before the program passes its values";
  return {
    where: `Worker '${scriptName}' (${config.file})`,
    what: `${describe(live, settings)}; ${upload}`,
    fix: `To go back to the stack's upload: npx wrangler versions deploy ${live.own.version}@100 --name ${scriptName}. To keep what answers, bring its code and values into the stack; to overwrite it, then or now: overwriteDeployment: ${live.base.id} in the Worker's entry of ${NAMESPACE}:workers in Pulumi.${stack}.yaml.`,
  };
}

/** Who deployed what, when and by which tool, as far as the API says. */
function describe({ base, live, own }: Elsewhere, settings: Uploader): string {
  const mark = stackMark(settings);
  const ours = new Set(live.filter(({ tag }) => uploadKeyOf(mark, tag) !== undefined).map(({ id }) => id));
  const version = (id: string) =>
    `version ${id}${id === own.version ? " (the stack's last)" : ours.has(id) ? " (an earlier one of the stack)" : ""}`;
  const [only] = base.versions;
  const what =
    base.versions.length > 1
      ? `split the requests between ${base.versions.map(({ id, percentage }) => `${version(id)} at ${percentage} %`).join(" and ")}`
      : `${only !== undefined && ours.has(only.id) ? "rolled it back to" : "deployed"} ${version(only?.id ?? "?")}`;
  return `${base.author ?? "somebody"} ${what} by ${base.source ?? "an unknown tool"} on ${base.createdOn} (deployment ${base.id}), after the stack's last upload (version ${own.version}, ${own.createdOn})`;
}

/** The value of an output, `undefined` where a preview does not know it. */
function ifKnown<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  return isKnown.then((known) =>
    known ? new Promise<T>((resolve) => void output.apply((value) => resolve(value as T))) : undefined,
  );
}
