/** Everything that registers resources, with the SDKs' modules for them: loaded while the reads before it are under way. */

export { warnOfDefaultProvider } from "./default-provider.ts";
export { declareSecretWorker, orderWorkers } from "./deploy.ts";
export { guardLiveUploads } from "./deployed-elsewhere.ts";
export { declareDeployments } from "./deployments.ts";
export { declareEnvironment } from "./environment.ts";
export { Fingerprints } from "./fingerprints.ts";
export { summaryOf } from "./outputs.ts";
export { declareGuards } from "./protection/guards.ts";
export { declareProviders } from "./providers.ts";
export { resolveReferences } from "./references.ts";
