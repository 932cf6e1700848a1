import { join, relative } from "node:path";
import type { RootHookObject } from "mocha";
import { leaveAccount } from "./contract/witness.ts";
import { leaveReport, watchFiles } from "./file-report.ts";
import { leaveLog, watchRunLog } from "./leak/run-log.ts";

const log = watchRunLog();
const files = watchFiles();

/** Loaded into each process of a test run. After each file it says what it has seen so far (tests/run.ts reads that). */
export const mochaHooks: RootHookObject = {
  afterAll(this: Mocha.Context) {
    const folder = process.env.WORKER_SECRETS_ACCOUNTS;
    if (folder !== undefined) leaveAccount(folder);
    const logs = process.env.WORKER_SECRETS_LOGS;
    if (logs !== undefined) leaveLog(logs, log.soFar());
    const reports = process.env.WORKER_SECRETS_REPORTS;
    const file = this.test?.parent?.suites[0]?.file;
    const numbers = files.next();
    if (reports === undefined || file === undefined) return;
    leaveReport(reports, { file: relative(join(import.meta.dirname, ".."), file), ...numbers });
  },
};
