import { execFile } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { installed, testCache } from "../helpers/installed.ts";

const exec = promisify(execFile);

/** Puts the packages of the projects into a folder's `node_modules`, as an installation would: files of its own names, no links. */
export async function linkPackages(root: string): Promise<void> {
  const from = join(
    await installed(import.meta.dirname, testCache("projects"), "the packages of the test projects"),
    "node_modules",
  );
  mkdirSync(root, { recursive: true });
  // Hard links where the cache is on the same disk.
  await exec("cp", ["-al", from, root]).catch(() =>
    cpSync(from, join(root, "node_modules"), { recursive: true }),
  );
}
