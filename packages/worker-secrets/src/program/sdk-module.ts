import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The files of the SDKs that are taken alone. */
interface SdkModules {
  "@pulumi/cloudflare/d1database": typeof import("@pulumi/cloudflare/d1database.js");
  "@pulumi/cloudflare/provider": typeof import("@pulumi/cloudflare/provider.js");
  "@pulumi/cloudflare/queue": typeof import("@pulumi/cloudflare/queue.js");
  "@pulumi/cloudflare/queueConsumer": typeof import("@pulumi/cloudflare/queueConsumer.js");
  "@pulumi/cloudflare/r2bucket": typeof import("@pulumi/cloudflare/r2bucket.js");
  "@pulumi/cloudflare/workersCronTrigger": typeof import("@pulumi/cloudflare/workersCronTrigger.js");
  "@pulumi/cloudflare/workersCustomDomain": typeof import("@pulumi/cloudflare/workersCustomDomain.js");
  "@pulumi/cloudflare/workersKvNamespace": typeof import("@pulumi/cloudflare/workersKvNamespace.js");
  "@pulumi/cloudflare/workersRoute": typeof import("@pulumi/cloudflare/workersRoute.js");
  "@pulumi/cloudflare/workersScript": typeof import("@pulumi/cloudflare/workersScript.js");
  "@pulumi/cloudflare/workersScriptSubdomain": typeof import("@pulumi/cloudflare/workersScriptSubdomain.js");
  "@pulumi/cloudflare/workflow": typeof import("@pulumi/cloudflare/workflow.js");
  "@pulumi/pulumiservice/api/esc/environment": typeof import("@pulumi/pulumiservice/api/esc/environment.js");
  "@pulumi/pulumiservice/api/esc/environmentSettings": typeof import("@pulumi/pulumiservice/api/esc/environmentSettings.js");
  "@pulumi/pulumiservice/api/esc/environmentTag": typeof import("@pulumi/pulumiservice/api/esc/environmentTag.js");
  "@pulumi/pulumiservice/deploymentSettings": typeof import("@pulumi/pulumiservice/deploymentSettings.js");
  "@pulumi/pulumiservice/driftSchedule": typeof import("@pulumi/pulumiservice/driftSchedule.js");
  "@pulumi/pulumiservice/environmentRotationSchedule": typeof import("@pulumi/pulumiservice/environmentRotationSchedule.js");
  "@pulumi/pulumiservice/provider": typeof import("@pulumi/pulumiservice/provider.js");
  "@pulumi/pulumiservice/teamEnvironmentPermission": typeof import("@pulumi/pulumiservice/teamEnvironmentPermission.js");
  "@pulumi/pulumiservice/ttlSchedule": typeof import("@pulumi/pulumiservice/ttlSchedule.js");
}

/**
 * One module of a provider's SDK, in half the time that its index takes: that one loads hundreds of modules. No version promises its
 * files, so where one is missing or lacks a name, the index is loaded, which has every class below its namespaces.
 *
 * @param path `@pulumi/<sdk>/<namespaces>/<file>`
 * @param names what is taken out of it
 * @throws where the index lacks a name too
 */
export function sdkModule<Path extends keyof SdkModules>(
  path: Path,
  ...names: readonly (keyof SdkModules[Path] & string)[]
): SdkModules[Path] {
  return moduleWith(require, path, names) as SdkModules[Path];
}

/** The same, of the SDKs that `load` finds. */
export function moduleWith(load: Load, path: string, names: readonly string[]): object {
  const own = loadedModule(path, load);
  if (names.every((name) => name in own)) return own;
  const [scope, sdk, ...below] = path.split("/");
  const namespaces = below.slice(0, -1);
  const whole = namespaces.reduce(
    (at, name) => Object(Reflect.get(at, name)),
    Object(load(`${scope}/${sdk}`)),
  );
  const missing = names.filter((name) => !(name in whole));
  if (missing.length === 0) return whole;
  throw new Error(
    `This version of ${scope}/${sdk} has no ${[...namespaces, missing.join(", ")].join(".")}, which worker-secrets declares. Install one of its peer range: npm ls ${scope}/${sdk} names both.`,
  );
}

type Load = (name: string) => unknown;

/** Empty where there is no such file; any other failure is the SDK's own. */
function loadedModule(path: string, load: Load): object {
  try {
    return Object(load(`${path}.js`));
  } catch (error) {
    if (Object(error).code === "MODULE_NOT_FOUND" && String(error).includes(path)) return {};
    throw error;
  }
}
