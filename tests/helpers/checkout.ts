import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** What a checkout has that a run of the program reads. */
const FILES = [
  "index.ts",
  "packages/worker-secrets/src",
  "worker",
  "Pulumi.yaml",
  "Pulumi.dev.yaml",
  "package.json",
  "tsconfig.json",
  "package-lock.json",
];

/** Makes a folder that is like a fresh checkout of this project after `npm ci`. */
export function makeCheckout(folder: string): void {
  mkdirSync(folder);
  for (const name of FILES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
}
