/** A stand-in as a plugin executable: `node plugin.ts cloudflare <engine address>`, started by the engine. */
import { note, print } from "../output.ts";
import { OWN_PROCESS } from "./place.ts";
import { createProvider, PROVIDER_NAMES } from "./providers.ts";
import { serve } from "./server.ts";

const name = PROVIDER_NAMES.find((known) => known === process.argv[2]);
if (!name) {
  note(`usage: node plugin.ts ${PROVIDER_NAMES.join("|")}`);
  process.exit(2);
}
const { port } = await serve(createProvider(name), OWN_PROCESS);
print(`${port}`); // what an engine waits for

// The engine ends its plugins; should it be killed itself, its end of this pipe closes.
process.stdin.resume();
process.stdin.on("close", () => process.exit(0));
