/**
 * `node tools/bench/sandbox-process.ts DATA true|false`: a sandbox as `npm run sandbox` starts it, with or without journals, that also
 * tells what it was asked. Sends its description to the process that forked it; to "calls" it answers with the exchanges since the
 * last time.
 */
import { startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import type { SeenCall } from "./world.ts";

const [data = "", journals = "true"] = process.argv.slice(2);
const seen: SeenCall[] = [];
const sandbox = await startSandbox({
  port: 0,
  dataFolder: data,
  journals: journals === "true",
  onExchange: ({ method, url, milliseconds }) => seen.push({ method, path: url.pathname, milliseconds }),
});
process.on("message", () => process.send?.(seen.splice(0)));
process.on("disconnect", () => void sandbox.close().then(() => process.exit(0)));
process.send?.(sandbox.description);
