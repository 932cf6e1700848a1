#!/usr/bin/env node
// The bin. Plain JavaScript that an old Node reads too: what it has to say to it is not a stack trace.
import { existsSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `create-worker-secrets: this is Node ${process.version}; Pulumi's SDK and the project need 22.18 or newer. ` +
      "Nothing was written. Install a newer Node (https://nodejs.org/en/download) and run the command again.",
  );
  process.exitCode = 1;
} else {
  // `main.ts` in the repository, `main.js` in the package.
  const main = ["./main.js", "./main.ts"].map((file) => new URL(file, import.meta.url)).find(existsSync);
  await import(main);
}
