import * as pulumi from "@pulumi/pulumi";
import { type BundleWorkers, bundleWorkers } from "./stack/bundle-workers.ts";
import { deployWorkers, orderWorkers } from "./stack/deploy.ts";
import { declareDeployments } from "./stack/deployments.ts";
import { declareEnvironment } from "./stack/environment.ts";
import { asRunError } from "./stack/faults.ts";
import { Fingerprints } from "./stack/fingerprints.ts";
import { observe } from "./stack/observe.ts";
import { stackOutputs } from "./stack/outputs.ts";
import { guardPromotion } from "./stack/promotion.ts";
import { readSettings } from "./stack/settings.ts";
import { readStackConfig } from "./stack/stack-config.ts";
import { resolveValues } from "./stack/values.ts";

/**
 * The stack, from top to bottom. Nothing is registered before everything that can be checked has been. A rollback gives
 * `recorded` code, which this stack has run before, in the place of the checkout's.
 */
export default (recorded?: BundleWorkers) =>
  asRunError(async () => {
    // What the stack's config and the Workers' own files say.
    const settings = await readSettings(readStackConfig(), import.meta.dirname);

    // What is there already (read only), beside the bundling of the code.
    const [observed, bundles] = await Promise.all([
      observe(settings),
      (recorded ?? bundleWorkers)(settings.workers),
    ]);
    if (recorded === undefined) await guardPromotion(settings, bundles);

    // The declared names with their values out of ESC, every fault in one message.
    const values = await resolveValues(settings, observed);
    const ordered = orderWorkers(settings, observed);

    // The Environment that this stack imports, declared by it.
    const environment = declareEnvironment(settings, observed);

    // The Workers with their bindings, each after those that it binds.
    const inputs = { settings, observed, bundles, values, fingerprints: new Fingerprints(pulumi.getStack()) };
    await declareDeployments(settings);
    const deployed = await deployWorkers(ordered, inputs, environment);

    return stackOutputs(inputs, deployed, environment.id);
  });
