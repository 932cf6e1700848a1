import { startWorkers } from "../src/workers/index.ts";

// A process of its own, for a test to kill: both kinds of workerd run when it says so.
const runtime = await startWorkers({ folder: process.argv[2] ?? "" });
await runtime.validate({
  mainModule: "worker.js",
  modules: [{ name: "worker.js", kind: "js", bytes: Buffer.from("export default { fetch() {} };") }],
  compatibilityDate: "2026-11-01",
  compatibilityFlags: [],
  env: {},
  bindings: [],
  durableObjects: [],
});
await runtime.data.kv("steady").put("left", Buffer.from("behind"));
console.log("ready");
