#!/usr/bin/env node
// The bin of `ws`. Plain JavaScript, since it runs under whichever Node is first on the PATH: an old one can't read the
// types in ws.ts, and would say so by a stack trace. Node 24 comes with `npm ci`, so an old one hands over to that.
// The comparison of versions is not `semver`'s: no package may be loaded before it, since it may not load on an old Node.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { unsupportedRuntime } from "../unsupported-runtime.mjs";

// `ws.ts` in the repository, `ws.js` in the package.
const main = ["./ws.js", "./ws.ts"].map((file) => new URL(file, import.meta.url)).find(existsSync);
const [major, minor] = process.versions.node.split(".").map(Number);
const old = major < 22 || (major === 22 && minor < 18);

const unsupported = unsupportedRuntime();
if (unsupported !== undefined) {
  console.error(unsupported);
  process.exitCode = 1;
} else if (!old) {
  await import(main);
} else {
  const own = fileURLToPath(
    new URL(
      `../../../../node_modules/node/bin/node${process.platform === "win32" ? ".exe" : ""}`,
      import.meta.url,
    ),
  );
  if (existsSync(own)) handOver(own);
  else {
    console.error(
      `ws needs Node 22.18 or newer and was started by ${process.version}. ` +
        "Put a newer Node first on the PATH, or add one to the project: npm install --save-dev node@24. " +
        "In a clone of worker-secrets, 'npm ci' brings it (not with --ignore-scripts).",
    );
    process.exitCode = 1;
  }
}

/** Runs the command in the project's own Node, and ends as it ends. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A terminal sends Ctrl-C to both; a signal to this process alone is handed on. Either way the child ends first.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`The Node of this project can't be started (${error.message}): run npm ci.`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
