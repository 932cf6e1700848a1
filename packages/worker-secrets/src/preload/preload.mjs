// @ts-check
// Runs before the program (Pulumi.yaml, `nodeargs`). Plain JavaScript, so that an old Node gets as far as this line,
// and without `semver`: nothing may be loaded before this check.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `worker-secrets needs Node 22.18 or newer and was started by ${process.version}. ` +
      "Node 24 came with 'npm ci': run npm exec -c 'pulumi up', which puts it first on the PATH.",
  );
  process.exit(1);
}
const { useCompileCache } = await import("./compile-cache.mjs");
const { loadSdk } = await import("./lazy-modules.mjs");
useCompileCache();
loadSdk(import.meta.url);
