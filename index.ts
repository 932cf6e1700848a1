import * as pulumi from "@pulumi/pulumi";
import { bundleWorker } from "./stack/bundle.ts";
import { declareEnvironment } from "./stack/environment.ts";
import { asRunError } from "./stack/faults.ts";
import { fingerprintSecrets } from "./stack/fingerprints.ts";
import { observe } from "./stack/observe.ts";
import { SecretWorker } from "./stack/secret-worker.ts";
import { readSettings } from "./stack/settings.ts";
import { readStackConfig } from "./stack/stack-config.ts";
import { resolveValues } from "./stack/values.ts";

/** The stack, from top to bottom. Nothing is registered before everything that can be checked has been. */
export default () =>
  asRunError(async () => {
    // What the stack's config and the Worker's own file say.
    const settings = await readSettings(readStackConfig(), import.meta.dirname);

    // What is there already (read only), beside the bundling of the code.
    const [observed, bundle] = await Promise.all([observe(settings), bundleWorker(settings.worker)]);

    // The declared names with their values out of ESC, every fault in one message.
    const values = await resolveValues(settings, observed);

    // The Environment that this stack imports, declared by it.
    const environment = declareEnvironment(settings, observed);

    // The Worker with its secret bindings.
    const worker = new SecretWorker(
      settings.worker.name,
      {
        accountId: settings.accountId,
        scriptName: settings.scriptName,
        worker: settings.worker,
        bundle,
        secrets: values,
      },
      { dependsOn: [environment] },
    );

    return {
      url: settings.worker.workersDev
        ? `https://${settings.scriptName}.${observed.subdomain}.workers.dev`
        : null,
      scriptName: worker.scriptName,
      environment: environment.id,
      secretsPin: settings.secretsRevision ?? "latest",
      secrets: fingerprintSecrets(pulumi.getStack(), values),
      contentHash: bundle.sha256,
    };
  });
