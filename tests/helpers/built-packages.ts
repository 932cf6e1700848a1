import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createAtomically, withLock } from "../../packages/worker-secrets/src/cli/engine/executable/cache.ts";
import { PACKAGES } from "../../tools/packages/build.ts";

const exec = promisify(execFile);
const BUILD = join(import.meta.dirname, "../../tools/packages/build.ts");
let own: string | undefined;

/**
 * Our packages as they are published: their folders by their names, for reading alone. A run of the tests builds them once, when the
 * first file asks (tests/run.ts names the folder); a file that is run without it builds its own.
 */
export async function builtPackages(): Promise<ReadonlyMap<string, string>> {
  const folder = join(process.env.WORKER_SECRETS_BUILT ?? ownFolder(), "packages");
  const wait = () => console.log("      waiting for another file's build of the packages …");
  await withLock(`${folder}.lock`, wait, async () => {
    if (!existsSync(folder)) await createAtomically(folder, build);
  });
  return new Map(
    PACKAGES.map((name) => join(folder, name)).map((at) => {
      const { name }: { name: string } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
      return [name, at];
    }),
  );
}

/** In a process of its own: a compiler that runs for long would keep this one from renewing its lock. */
async function build(folder: string): Promise<void> {
  const script = `import { buildPackages } from ${JSON.stringify(BUILD)}; buildPackages(process.argv[1]);`;
  await exec(process.execPath, ["--input-type=module", "--eval", script, folder]);
}

function ownFolder(): string {
  if (own !== undefined) return own;
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-built-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  own = folder;
  return folder;
}
