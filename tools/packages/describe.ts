/** `npm run api`: writes the files that describe the packages' public types, an `api.md` per package and `docs/api-*.md`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { buildPackages } from "./build.ts";
import { describePackages } from "./described.ts";

const home = mkdtempSync(join(tmpdir(), "worker-secrets-api-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

for (const { files } of await describePackages(buildPackages(home), home))
  for (const [file, text] of files) {
    writeFileSync(join(import.meta.dirname, "../..", file), text);
    print(file);
  }
