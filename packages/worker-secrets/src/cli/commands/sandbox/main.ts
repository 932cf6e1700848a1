import { loadSandbox } from "../../engine/sandbox.ts";
import { reportError } from "../../terminal/command.ts";

/** `ws sandbox`: the local cloud in the foreground. The sandbox reads the arguments itself and ends the process. */
try {
  await loadSandbox(() => import("@worker-secrets/sandbox/main"));
} catch (error) {
  process.exitCode = reportError(error, process.argv.includes("--json"));
}
