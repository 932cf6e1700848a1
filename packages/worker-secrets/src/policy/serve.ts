#!/usr/bin/env node
/**
 * Serves the pack to the engine. Pulumi's language host runs it by `index.cjs` (`pulumi preview --policy-pack FOLDER`); as an
 * executable the engine starts it itself, with its address as the argument, where there is no language host.
 */
import { PolicyPack } from "@pulumi/policy";
import { policyOf } from "./policies.ts";
import { rules } from "./rules.ts";
import { currentRun, noteRuns } from "./run-facts.ts";

// The pack's version is read from the package.json of the working directory.
process.chdir(import.meta.dirname);
noteRuns();
new PolicyPack("worker-secrets", {
  enforcementLevel: "mandatory",
  policies: rules.map((rule) => policyOf(rule, currentRun)),
});
// The engine itself holds the other end of this pipe, should it be killed; a language host gives none.
if (import.meta.main) {
  process.stdin.resume();
  process.stdin.on("close", () => process.exit(0));
}
