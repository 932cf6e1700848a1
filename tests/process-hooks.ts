import type { RootHookObject } from "mocha";
import { leaveAccount } from "./contract/witness.ts";
import { leaveLog, watchRunLog } from "./leak/run-log.ts";

const log = watchRunLog();

/** Loaded into each process of a test run. After each file it says what it has seen so far (tests/run.ts reads that). */
export const mochaHooks: RootHookObject = {
  afterAll() {
    const folder = process.env.WORKER_SECRETS_ACCOUNTS;
    if (folder !== undefined) leaveAccount(folder);
    const logs = process.env.WORKER_SECRETS_LOGS;
    if (logs !== undefined) leaveLog(logs, log.soFar());
  },
};
