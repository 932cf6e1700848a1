import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { print } from "../packages/worker-secrets/src/cli/terminal/output.ts";
import { keysDocument } from "../packages/worker-secrets/src/compile/wrangler/document.ts";

/** `npm run wrangler-keys`: writes docs/wrangler-keys.md out of the parser's own table. */
const root = join(import.meta.dirname, "..");
const file = join(root, "docs", "wrangler-keys.md");
const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly devDependencies: { readonly wrangler: string };
};
writeFileSync(file, keysDocument(devDependencies.wrangler));
print(`Wrote ${file}`);
