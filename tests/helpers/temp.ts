import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "mocha";

/** A folder for one test file, removed when its tests are over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
