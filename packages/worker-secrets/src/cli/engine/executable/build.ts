import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, createAtomically, hashOfFiles, withLock } from "./cache.ts";
import { EXECUTABLE, isExecutable, versionOf } from "./installed.ts";
import { run } from "./process.ts";
import { MINIMUM_ENGINE } from "./version.ts";

/** A Go module of ours whose only content is the versions and checksums of what the engine is built from. */
const MODULE = fileURLToPath(new URL("./build/", import.meta.url));
const COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
/** Packages in the build, the standard library included: for the progress line only. */
const ABOUT_PACKAGES = 1690;
const PROGRESS_MS = 4_000;

export interface BuildContext {
  readonly env: NodeJS.ProcessEnv;
  readonly go: string;
  onProgress(line: string): void;
}

/** Where the build for this go.mod and go.sum is kept, whether it is there or not. */
export async function builtEngineFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const hash = await hashOfFiles(join(MODULE, "go.mod"), join(MODULE, "go.sum"));
  return join(cacheFolder(env), `v${MINIMUM_ENGINE}-${hash}`);
}

/** The Go that would build, after its own choice of toolchain; or why it cannot. */
export async function goVersion(context: BuildContext): Promise<{ version: string } | { problem: string }> {
  const { code, stdout, stderr } = await run(context.go, ["env", "GOVERSION"], {
    env: goEnvironment(context.env),
    cwd: MODULE,
    timeoutMs: 120_000, // with GOTOOLCHAIN=auto this may fetch a toolchain
  });
  return code === 0 ? { version: stdout.trim() } : { problem: lastLines(stderr, 2) || "go does not run" };
}

/** Builds the engine into the cache and returns the folder; a second process that wants the same one waits for the first. */
export async function buildEngine(context: BuildContext): Promise<string> {
  const folder = await builtEngineFolder(context.env);
  await mkdir(cacheFolder(context.env), { recursive: true });
  const waiting = () => context.onProgress("another process is building the engine; waiting");
  await withLock(`${folder}.lock`, waiting, async () => {
    if (await isExecutable(join(folder, EXECUTABLE))) return;
    await createAtomically(folder, async (temporary) => {
      const path = join(temporary, EXECUTABLE);
      await compile(context, path);
      await copyFile(join(MODULE, "go.sum"), join(temporary, "go.sum")); // what it was built from
      const version = await versionOf(path, context.env);
      if (version?.version !== MINIMUM_ENGINE) {
        throw new Error(
          `the engine that was built says it is ${version?.version ?? "nothing"}, not ${MINIMUM_ENGINE}`,
        );
      }
    });
  });
  return folder;
}

async function compile(context: BuildContext, output: string): Promise<void> {
  const started = Date.now();
  let modules = 0;
  let packages = 0;
  let latest = "";
  const report = () => {
    const step =
      packages > 0
        ? `${packages} of about ${ABOUT_PACKAGES} packages compiled, now ${latest}`
        : modules > 0
          ? `${modules} modules downloaded`
          : "reading packages";
    context.onProgress(`building the engine, ${elapsed(started)}: ${step}`);
  };
  context.onProgress(
    `building the Pulumi engine v${MINIMUM_ENGINE} from its Go module; once, about 5 minutes, later runs use the result`,
  );
  const timer = setInterval(report, PROGRESS_MS);
  try {
    const ldflags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${MINIMUM_ENGINE}`;
    const args = ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", output, COMMAND];
    const { code, stderr } = await run(context.go, args, {
      env: goEnvironment(context.env),
      cwd: MODULE,
      onStderrLine(line) {
        if (line.startsWith("go: downloading ")) modules += 1;
        else if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) {
          packages += 1;
          latest = line;
        }
      },
    });
    if (code !== 0) throw new Error(`go build failed:\n${lastLines(stderr, 12)}`);
    context.onProgress(`engine built in ${elapsed(started)}`);
  } finally {
    clearInterval(timer);
  }
}

/** A workspace file or vendor flag around us must not change what is built. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOWORK: "off", GOFLAGS: "-mod=readonly" };
}

function elapsed(started: number): string {
  const seconds = Math.round((Date.now() - started) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}
