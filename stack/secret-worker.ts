import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import { WorkersScriptSubdomain } from "@pulumi/cloudflare/workersScriptSubdomain.js";
import * as pulumi from "@pulumi/pulumi";
import { bindingsOf } from "./bindings.ts";
import type { Bundle } from "./bundle.ts";
import type { Ownership } from "./ownership.ts";
import type { SecretValues } from "./values.ts";
import type { WorkerConfig } from "./worker-config.ts";

export interface SecretWorkerArgs {
  /** Cloudflare account id, 32 hex digits. */
  readonly accountId: string;
  /** Name of the script in the account; a change replaces the Worker. */
  readonly scriptName: string;
  /** What the Worker's `wrangler.jsonc` says. */
  readonly worker: WorkerConfig;
  /** Its code, bundled. */
  readonly bundle: Bundle;
  /** The secrets to bind, by name. Wrapped as Pulumi secrets here, whatever they come from. */
  readonly secrets: SecretValues;
}

/** A Worker with its secret bindings and its workers.dev subdomain. Code and secrets go up in one atomic version. */
export class SecretWorker extends pulumi.ComponentResource {
  readonly scriptName: pulumi.Output<string>;

  constructor(name: string, args: SecretWorkerArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("worker-secrets:index:SecretWorker", name, {}, options);
    const noted = this.noteNames(name, args);
    const script = this.uploadScript(name, args, noted);
    this.serveOnSubdomain(name, args, script);
    this.scriptName = script.scriptName;
    this.registerOutputs({ scriptName: this.scriptName });
  }

  /** Before the upload, so that a name is known as ours even where an `up` ends in its middle. See `managedNames`. */
  private noteNames(name: string, { scriptName, secrets }: SecretWorkerArgs): pulumi.Stash {
    const input: Ownership = { scriptName, names: [...secrets.keys()] };
    return new pulumi.Stash(`${name}-names`, { input }, { parent: this });
  }

  private uploadScript(
    name: string,
    { accountId, scriptName, worker, bundle, secrets }: SecretWorkerArgs,
    noted: pulumi.Stash,
  ): WorkersScript {
    return new WorkersScript(
      name,
      {
        accountId,
        scriptName,
        content: bundle.content,
        mainModule: bundle.mainModule,
        compatibilityDate: worker.compatibilityDate,
        ...(worker.compatibilityFlags.length === 0
          ? {}
          : { compatibilityFlags: [...worker.compatibilityFlags] }),
        bindings: secretBindings(worker.vars, secrets),
      },
      { parent: this, dependsOn: [noted] },
    );
  }

  /** By the script's own output, so that it is deleted first. `previewsEnabled` is always sent: left out, it follows
   * `enabled` and serves old versions with the secrets of their time. */
  private serveOnSubdomain(
    name: string,
    { accountId, worker }: SecretWorkerArgs,
    script: WorkersScript,
  ): WorkersScriptSubdomain {
    return new WorkersScriptSubdomain(
      name,
      {
        accountId,
        scriptName: script.scriptName,
        enabled: worker.workersDev,
        previewsEnabled: worker.previewUrls,
      },
      { parent: this },
    );
  }
}

/** The bindings for the engine: each secret's text wrapped, so that no state, preview or log has it in clear. */
export function secretBindings(vars: WorkerConfig["vars"], secrets: SecretValues) {
  return bindingsOf(vars, secrets).map((binding) =>
    binding.type === "secret_text" ? { ...binding, text: pulumi.secret(binding.text) } : binding,
  );
}
