// What Pulumi's runner loads, with `require`. It puts its own TypeScript compiler before every file that is required, but
// not before one that is imported: Node strips the types of that one itself.
module.exports = import("./serve.ts");
