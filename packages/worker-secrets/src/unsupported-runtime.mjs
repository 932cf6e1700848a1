// @ts-check

/**
 * What this process runs on, where that is not supported, in one sentence. Yarn's Plug'n'Play is, since Pulumi's language host looks for
 * the SDK in `node_modules`; bun is, since the SDK and wrangler are made for Node.
 *
 * @param {Readonly<Record<string, string | undefined>>} [versions]
 * @returns {string | undefined}
 */
export function unsupportedRuntime(versions = process.versions) {
  if (versions.pnp !== undefined)
    return "worker-secrets does not support Yarn Plug'n'Play: Pulumi looks for its SDK in node_modules. Write nodeLinker: node-modules into .yarnrc.yml and run yarn install.";
  if (versions.bun !== undefined)
    return "worker-secrets does not support bun as its runtime: Pulumi's SDK and wrangler are made for Node. Use Node 22.18 or newer (bunx without --bun; runtime: nodejs in Pulumi.yaml).";
  return undefined;
}
