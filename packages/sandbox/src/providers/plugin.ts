/** A stand-in as a plugin executable: `node plugin.ts cloudflare <engine address>`, started by the engine. */
import { useCompileCache } from "../../../worker-secrets/src/preload/compile-cache.mjs";

useCompileCache(); // starts in half the time
const { createProvider, PROVIDER_NAMES } = await import("./providers.ts");
const { OWN_PROCESS } = await import("./place.ts");
const { serve } = await import("./server.ts");

const name = PROVIDER_NAMES.find((known) => known === process.argv[2]);
if (!name) {
  console.error(`usage: node plugin.ts ${PROVIDER_NAMES.join("|")}`);
  process.exit(2);
}
const { port } = await serve(createProvider(name), OWN_PROCESS);
console.log(port); // what an engine waits for

// The engine ends its plugins; should it be killed itself, its end of this pipe closes.
process.stdin.resume();
process.stdin.on("close", () => process.exit(0));
