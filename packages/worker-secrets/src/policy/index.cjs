// What Pulumi's runner loads, with `require`. It puts its own TypeScript compiler before every file that is required, but
// not before one that is imported: Node strips the types of that one itself.
// Below node_modules Node strips none, and the pack is compiled.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `The policy pack of worker-secrets needs Node 22.18 or newer, and the one that is first on the PATH is ${process.versions.node}: put a newer one there and run the same command again.`,
  );
  process.exit(1);
}

const { existsSync } = require("node:fs");
const { join } = require("node:path");
module.exports = import(existsSync(join(__dirname, "serve.js")) ? "./serve.js" : "./serve.ts");
