import type { RootHookObject } from "mocha";
import { leaveAccount } from "./contract/witness.ts";

/** Loaded into each process of a test run. After each file it says what it has seen so far (tests/run.ts reads that). */
export const mochaHooks: RootHookObject = {
  afterAll() {
    const folder = process.env.WORKER_SECRETS_ACCOUNTS;
    if (folder !== undefined) leaveAccount(folder);
  },
};
