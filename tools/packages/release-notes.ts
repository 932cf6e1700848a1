/** `node tools/packages/release-notes.ts VERSION`: prints what the changelog of `worker-secrets` says of a version. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { entryOf } from "./changelog-entry.ts";

const [version = ""] = process.argv.slice(2);
const file = join(import.meta.dirname, "../../packages/worker-secrets/CHANGELOG.md");
const entry = entryOf(readFileSync(file, "utf8"), version);
if (entry === undefined) throw new Error(`${file} has no entry '## ${version}'`);
print(entry);
