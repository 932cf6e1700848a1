/** Everything that registers resources, with the SDKs' modules for them: loaded while the reads before it are under way. */

export { warnOfDefaultProvider } from "./default-provider.ts";
export { deployWorkers, orderWorkers } from "./deploy.ts";
export { guardLiveUploads } from "./deployed-elsewhere.ts";
export { declareDeployments } from "./deployments.ts";
export { declareEnvironment } from "./environment.ts";
export { Fingerprints } from "./fingerprints.ts";
export { stackOutputs } from "./outputs.ts";
export { declareProviders } from "./providers.ts";
