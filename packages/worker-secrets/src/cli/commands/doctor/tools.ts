import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { builtEngineFolder } from "../../engine/executable/build.ts";
import { downloadedEngineFolder } from "../../engine/executable/download.ts";
import {
  EXECUTABLE,
  findLauncherDownload,
  findOnPath,
  isExecutable,
  versionOf,
} from "../../engine/executable/installed.ts";
import { isNewEnough, MINIMUM_ENGINE, parseVersion } from "../../engine/executable/version.ts";
import { git } from "../../project/git.ts";
import { pulumiHome } from "../../project/pulumi-home.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** The oldest Node that the Pulumi SDK and wrangler both run on, and that strips types without a switch. */
const MINIMUM_NODE = "22.18.0";
/** The oldest wrangler that knows `secrets.required` in its file. */
const MINIMUM_WRANGLER = "4.88.0";

export function checkNode(version = process.versions.node): Check {
  const parsed = parseVersion(version);
  if (parsed !== undefined && isNewEnough(parsed, MINIMUM_NODE)) return ok("node", version);
  return fail(
    "node",
    `${version} is older than ${MINIMUM_NODE}`,
    "npm ci (it brings Node 24), and run commands through npm",
  );
}

/** The engine and, for plain `pulumi up`, the language host that belongs beside it. */
export async function checkEngine(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const notes: string[] = [];
  const found = (await findOnPath(env, (line) => notes.push(line))) ?? (await findLauncherDownload(env));
  const install = "Install it: https://www.pulumi.com/docs/install/";
  if (found === undefined) {
    const cached = await cachedEngine(env);
    const also = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return [
      cached === undefined
        ? warn(
            "pulumi",
            `no pulumi ${MINIMUM_ENGINE} or newer on the PATH${also}; ws finds, downloads or builds one when it needs it`,
            install,
          )
        : ok("pulumi", `${cached}, in the project's own cache${also}`),
      warn("language host", "not on the PATH; the ws commands need none, plain 'pulumi up' does", install),
    ];
  }
  const host = process.platform === "win32" ? "pulumi-language-nodejs.exe" : "pulumi-language-nodejs";
  const folders = [dirname(found.path), ...(env.PATH ?? "").split(delimiter)];
  const there = (await Promise.all(folders.map((folder) => isExecutable(join(folder, host))))).some(Boolean);
  return [
    ok("pulumi", found.version.version),
    there
      ? ok("language host", host)
      : warn(
          "language host",
          `${host} is neither beside pulumi nor on the PATH; the ws commands need none, plain 'pulumi up' does`,
          install,
        ),
  ];
}

async function cachedEngine(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of [downloadedEngineFolder(env), await builtEngineFolder(env)]) {
    const path = join(folder, EXECUTABLE);
    if (!(await isExecutable(path))) continue;
    const version = await versionOf(path, env);
    if (version !== undefined && isNewEnough(version)) return version.version;
  }
  return undefined;
}

export async function checkWrangler(root: string, directories: readonly string[]): Promise<Check> {
  const install = "npm ci (or: npm install --save-dev wrangler)";
  for (const start of [...directories, root]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const file = join(folder, "node_modules", "wrangler", "package.json");
      if (existsSync(file)) {
        const version = parseVersion(
          String((JSON.parse(readFileSync(file, "utf8")) as { version?: unknown }).version),
        );
        if (version === undefined) return fail("wrangler", `${file} tells no version`, install);
        if (isNewEnough(version, MINIMUM_WRANGLER)) return ok("wrangler", version.version);
        return fail(
          "wrangler",
          `${version.version} is older than ${MINIMUM_WRANGLER} and does not know secrets.required`,
          install,
        );
      }
      if (folder === dirname(folder)) break;
    }
  }
  return fail("wrangler", "it is not installed in the project", install);
}

/** The plugins of the versions that the SDKs ask for. A missing one is downloaded by the first `up`. */
export async function checkPlugins(env: NodeJS.ProcessEnv, local: boolean): Promise<Check[]> {
  const folder = join(pulumiHome(env), "plugins");
  const installed = await readdir(folder).catch((): string[] => []);
  return ["cloudflare", "pulumiservice"].map((name) => {
    const check = `plugin ${name}`;
    const wanted = sdkVersion(name);
    if (installed.includes(`resource-${name}-v${wanted}`)) return ok(check, wanted);
    if (local)
      return ok(
        check,
        `${wanted} is not installed; with the clouds on this machine a stand-in takes its place`,
      );
    return warn(
      check,
      `${wanted} is not installed; the first update downloads it`,
      `pulumi plugin install resource ${name} ${wanted}`,
    );
  });
}

function sdkVersion(name: string): string {
  const file = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
  return String((JSON.parse(readFileSync(file, "utf8")) as { version?: unknown }).version);
}

/** Only told: `ws dev --write` asks git itself. */
export async function checkGit(root: string): Promise<Check> {
  try {
    return ok("git", `ignores ${(await git(["check-ignore", ".dev.vars"], root)).trim()}`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === 1)
      return warn("git", "does not ignore .dev.vars", "Add this line to .gitignore: .dev.vars*");
    return ok("git", "the project is in no repository");
  }
}
