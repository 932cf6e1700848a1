import { access, constants, readdir, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { rcompare, type SemVer } from "semver";
import { run } from "./process.ts";
import { isNewEnough, parseVersion } from "./version.ts";

export interface Installed {
  readonly path: string;
  readonly version: SemVer;
}

export const EXECUTABLE = process.platform === "win32" ? "pulumi.exe" : "pulumi";

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).size > 0;
  } catch {
    return false;
  }
}

/** What the binary says it is; undefined when it does not run or says nothing that looks like a version. */
export async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<SemVer | undefined> {
  const quiet = {
    ...env,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
  };
  const { code, stdout } = await run(path, ["version"], { env: quiet, timeoutMs: 10_000 });
  return code === 0 ? parseVersion(stdout.trim()) : undefined;
}

/**
 * The npm package `pulumi` puts a launcher in `node_modules/.bin` that downloads the CLI when it is first run: asking it for
 * its version could take minutes. What it has downloaded is found by `findLauncherDownload`.
 */
async function isNpmLauncher(path: string): Promise<boolean> {
  try {
    return /[\\/]pulumi[\\/]run\.js$/.test(await realpath(path));
  } catch {
    return false;
  }
}

/** The first `pulumi` on PATH that is new enough. */
export async function findOnPath(
  env: NodeJS.ProcessEnv,
  note: (line: string) => void,
): Promise<Installed | undefined> {
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, EXECUTABLE);
    if (!(await isExecutable(path)) || (await isNpmLauncher(path))) continue;
    const version = await versionOf(path, env);
    if (version && isNewEnough(version)) return { path, version };
    note(version ? `${path} is ${version.version}: too old, not used` : `${path} does not run: not used`);
  }
  return undefined;
}

/**
 * What the npm `pulumi` launcher or the Automation API downloaded earlier: both keep each version in
 * `$PULUMI_HOME/versions/<version>/bin` (read in npm `pulumi` 3.265.0, lib/cache.js). Newest first.
 */
export async function findLauncherDownload(env: NodeJS.ProcessEnv): Promise<Installed | undefined> {
  const home = env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
  const folder = join(home, "versions");
  const names = await readdir(folder).catch(() => []);
  const versions = names
    .map((name) => ({ name, version: parseVersion(name) }))
    .filter((entry): entry is { name: string; version: SemVer } => entry.version !== undefined)
    .filter(({ version }) => isNewEnough(version))
    .sort((a, b) => rcompare(a.version, b.version));
  for (const { name } of versions) {
    const path = join(folder, name, "bin", EXECUTABLE);
    // Asked all the same: a download that was cut off is there, but does not run.
    const version = (await isExecutable(path)) ? await versionOf(path, env) : undefined;
    if (version) return { path, version };
  }
  return undefined;
}
