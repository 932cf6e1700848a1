/** The language host as a plugin executable: `node host.ts [--tracing URL] <engine address>`, started by the engine. */
import { parseArgs } from "node:util";
import { print } from "../output.ts";
import { serveLanguageHost } from "./server.ts";

// Meant for this process (see installPlugin); the program would inherit it.
delete process.env.NODE_COMPILE_CACHE;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false, // the engine's own flags for logs are no concern of this host
  options: {
    tracing: { type: "string" },
    logtostderr: { type: "boolean" },
    v: { type: "string", short: "v" },
  },
});
const tracing = typeof values.tracing === "string" ? values.tracing : "";
const host = await serveLanguageHost({ engine: positionals.at(-1) ?? "", tracing });
print(`${host.port}`); // what an engine waits for

const end = () => void host.close().then(() => process.exit(0));
process.on("SIGINT", end).on("SIGTERM", end);
// Should the engine be killed, its end of this pipe closes.
process.stdin.resume();
process.stdin.on("close", end);
