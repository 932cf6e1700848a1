import * as pulumi from "@pulumi/pulumi";
import { warnOfOtherBlocks } from "../compile/wrangler/other-blocks.ts";
import { guardAssetContents } from "./assets/contents.ts";
import { readAssets } from "./assets/read.ts";
import { warnOfBlocks } from "./blocks.ts";
import type { BundleWorkers } from "./bundle-workers.ts";
import { warnOfOtherKeys } from "./config-keys.ts";
import { observe } from "./observe.ts";
import { declarePlatform } from "./platform.ts";
import { guardPromotion } from "./promotion.ts";
import { asRunError } from "./run-error.ts";
import { readSettings } from "./settings.ts";
import { readStackConfig } from "./stack-config.ts";
import { resolveValues } from "./values.ts";
import { versionsOf } from "./versions.ts";

/**
 * The stack, from top to bottom. Nothing is registered before everything that can be checked has been. A rollback gives
 * `recorded` code, which this stack has run before, in the place of the checkout's. `root`: the folder of `Pulumi.yaml`.
 */
export const stack = (recorded?: BundleWorkers, root = pulumi.runtime.getRootDirectory()) =>
  asRunError(async () => {
    // The optional stack of those who administer the others' Environments (docs/platform.md) is nothing else.
    const config = readStackConfig();
    await warnOfOtherKeys(config);
    const platform = await declarePlatform(config);
    if (platform !== undefined) return platform;

    // What the stack's config and the Workers' own files say.
    const settings = await readSettings(config, root);
    await warnOfOtherBlocks(settings.workers);
    if (!settings.prod) await warnOfBlocks(settings.workers);

    // What is there already (read only), beside the code of the Workers and of what is still to come.
    const [observed, bundles, assets, declare] = await Promise.all([
      observe(settings),
      (recorded ?? bundled)(settings.workers),
      readAssets(settings.workers),
      import("./declare.ts"),
    ]);
    if (recorded === undefined) await guardPromotion(settings, versionsOf(settings.workers, bundles, assets));

    // The declared names with their values out of ESC, every fault in one message.
    const values = await resolveValues(settings, observed);
    await guardAssetContents(assets, values);
    const ordered = declare.orderWorkers(settings, observed);

    // Nothing that somebody deployed since is overwritten unasked. The key of the fingerprints tells what would change.
    const fingerprints = new declare.Fingerprints(settings.stack);
    const found = { settings, observed, bundles, assets, values, fingerprints };
    const left = await declare.guardLiveUploads(found);

    // The Environment that this stack imports, declared by it.
    const providers = declare.declareProviders();
    const environment = declare.declareEnvironment(settings, observed, providers.pulumiservice);

    // The Workers with their bindings, each after those that it binds.
    const inputs = { ...found, providers, left };
    const deployments = await declare.declareDeployments(settings, providers.pulumiservice);
    const deployed = await declare.deployWorkers(ordered, inputs, environment, deployments);

    const last = [...deployed.values()].at(-1)?.urn ?? environment.urn;
    declare.warnOfDefaultProvider(config, settings.definition.name, last);
    return declare.stackOutputs(inputs, deployed, environment.id);
  });

const bundled: BundleWorkers = async (workers) =>
  (await import("./bundle-workers.ts")).bundleWorkers(workers);
