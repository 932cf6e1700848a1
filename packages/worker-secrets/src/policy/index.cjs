// What Pulumi's runner loads, with `require`. It puts its own TypeScript compiler before every file that is required, but
// not before one that is imported: Node strips the types of that one itself.
// Below node_modules Node strips none, and the pack is compiled.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
module.exports = import(existsSync(join(__dirname, "serve.js")) ? "./serve.js" : "./serve.ts");
