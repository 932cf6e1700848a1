import { join } from "node:path";
import { buildEngine, builtEngineFolder, goVersion } from "./build.ts";
import { downloadEngine, downloadedEngineFolder, RELEASES } from "./download.ts";
import { EXECUTABLE, findLauncherDownload, findOnPath, isExecutable, versionOf } from "./installed.ts";
import { isNewEnough, MINIMUM_ENGINE } from "./version.ts";

/** Names a binary to use, whatever else is there; nothing is searched, downloaded or built then. */
const ENGINE_VARIABLE = "WORKER_SECRETS_ENGINE";

export interface Engine {
  /** The `pulumi` executable; language hosts, where there are any, are beside it or on PATH. */
  readonly path: string;
  /** Without the `v`. */
  readonly version: string;
  readonly source: "path" | "launcher" | "downloaded" | "built";
  /** One line for people: what is used and where it is from. */
  readonly describe: string;
}

export interface FindEngineOptions {
  /** Gets a line whenever there is something to tell; a long build or download tells every few seconds. */
  onProgress(line: string): void;
  /** For tests; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** For tests; default the official address. */
  readonly releases?: string;
}

/**
 * Finds an engine, in the order of what costs least: `pulumi` on PATH; an earlier download by the npm `pulumi` launcher or the
 * Automation API; our own cache; a download of the official release; a build from the Go module.
 */
export async function findEngine(options: FindEngineOptions): Promise<Engine> {
  const env = withoutTokens(options.env ?? process.env);
  const { onProgress } = options;

  const named = env[ENGINE_VARIABLE];
  if (named) return useNamed(named, env);

  const notes: string[] = [];
  const onPath = await findOnPath(env, (line) => notes.push(line));
  if (onPath) return engine("path", onPath.path, onPath.version.version, "from PATH");
  for (const line of notes) onProgress(line);

  const launched = await findLauncherDownload(env);
  if (launched)
    return engine("launcher", launched.path, launched.version.version, "downloaded earlier by pulumi");

  const downloaded = join(downloadedEngineFolder(env), EXECUTABLE);
  if (await isExecutable(downloaded))
    return engine("downloaded", downloaded, MINIMUM_ENGINE, "official release");
  const built = join(await builtEngineFolder(env), EXECUTABLE);
  if (await isExecutable(built)) return engine("built", built, MINIMUM_ENGINE, "built from its Go module");

  onProgress(`no pulumi ≥ ${MINIMUM_ENGINE} is installed; trying the official download`);
  const download = await downloadEngine({ env, onProgress, releases: options.releases ?? RELEASES });
  if ("folder" in download) return engine("downloaded", downloaded, MINIMUM_ENGINE, "official release");
  onProgress(`not downloaded: ${download.problem}`);

  const context = { env, onProgress, go: "go" };
  const go = await goVersion(context);
  if ("problem" in go) throw new Error(nothingFound(notes, download.problem, go.problem));
  onProgress(`building with ${go.version}`);
  try {
    await buildEngine(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(nothingFound(notes, download.problem, reason), { cause: error });
  }
  return engine("built", built, MINIMUM_ENGINE, "built from its Go module");
}

/** To ask a binary for its version, to download or to build one, nobody has to be logged in. */
function withoutTokens({
  PULUMI_ACCESS_TOKEN: _,
  CLOUDFLARE_API_TOKEN: __,
  SANDBOX_TOKEN: ___,
  ...rest
}: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest;
}

async function useNamed(path: string, env: NodeJS.ProcessEnv): Promise<Engine> {
  const version = (await isExecutable(path)) ? await versionOf(path, env) : undefined;
  if (!version) {
    throw new Error(
      `${ENGINE_VARIABLE} is ${path}, which is no Pulumi engine that runs here. ` +
        `Give the path of a pulumi executable, or unset ${ENGINE_VARIABLE} to have one found.`,
    );
  }
  // The user's own choice: an old one is said, not refused.
  const remark = isNewEnough(version) ? "" : `, older than the ${MINIMUM_ENGINE} this is tried with`;
  return engine("path", path, version.version, `named by ${ENGINE_VARIABLE}${remark}`);
}

function engine(source: Engine["source"], path: string, version: string, origin: string): Engine {
  return { path, version, source, describe: `Pulumi engine ${version}, ${origin} (${path})` };
}

function nothingFound(notes: readonly string[], download: string, go: string): string {
  const onPath = notes.length > 0 ? notes.join("; ") : "not found";
  return [
    `No Pulumi engine ≥ ${MINIMUM_ENGINE} was found, and none could be made.`,
    `  pulumi on PATH: ${onPath}`,
    `  download:       ${download}`,
    `  build with Go:  ${go.replaceAll("\n", "\n                  ")}`,
    "Any one of these mends it:",
    "  curl -fsSL https://get.pulumi.com | sh            install Pulumi (macOS: brew install pulumi/tap/pulumi)",
    "  npx pulumi version                                have the npm launcher download it",
    "  install Go 1.25.11 or newer (https://go.dev/dl)   it is then built here, once, in about 5 minutes",
    `  export ${ENGINE_VARIABLE}=/path/to/pulumi       use a copy that is somewhere else`,
  ].join("\n");
}
