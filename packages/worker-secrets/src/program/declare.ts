/** Everything that registers resources, with the SDKs' modules for them: loaded while the reads before it are under way. */
export { deployWorkers, orderWorkers } from "./deploy.ts";
export { declareDeployments } from "./deployments.ts";
export { declareEnvironment } from "./environment.ts";
export { Fingerprints } from "./fingerprints.ts";
export { stackOutputs } from "./outputs.ts";
