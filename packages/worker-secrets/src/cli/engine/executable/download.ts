import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cacheFolder, createAtomically, withLock } from "./cache.ts";
import { EXECUTABLE, isExecutable } from "./installed.ts";
import { run } from "./process.ts";
import { MINIMUM_ENGINE } from "./version.ts";

/** The official release, language hosts included: the same archives that Pulumi's own install script takes. */
export const RELEASES = "https://get.pulumi.com/releases/sdk";
const REACHABLE_MS = 3_000;
const STALL_MS = 30_000;
const PROGRESS_MS = 4_000;

const PLATFORMS: Record<string, string> = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
};

export interface DownloadContext {
  readonly env: NodeJS.ProcessEnv;
  readonly releases: string;
  onProgress(line: string): void;
}

/** Where the official release is kept, whether it is there or not. */
export function downloadedEngineFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `v${MINIMUM_ENGINE}-official`);
}

/**
 * Downloads the official release into the cache and returns its folder; or says why not. Not being reachable is no fault, so this
 * does not throw: the caller goes on with the next way. An archive whose checksum is wrong is never unpacked.
 */
export async function downloadEngine(
  context: DownloadContext,
): Promise<{ folder: string } | { problem: string }> {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  if (!platform) return { problem: `no download for ${process.platform} ${process.arch} is known here` };
  const archive = `pulumi-v${MINIMUM_ENGINE}-${platform}.tar.gz`;
  try {
    const checksum = await fetchChecksum(context.releases, archive);
    const folder = downloadedEngineFolder(context.env);
    await mkdir(cacheFolder(context.env), { recursive: true });
    const waiting = () => context.onProgress("another process is downloading; waiting");
    await withLock(`${folder}.lock`, waiting, async () => {
      if (await isExecutable(join(folder, EXECUTABLE))) return;
      await createAtomically(folder, async (temporary) => {
        const path = join(temporary, archive);
        await fetchArchive(context, archive, checksum, path);
        await unpack(path, temporary, context.env);
      });
    });
    return { folder };
  } catch (error) {
    return { problem: `${new URL(context.releases).host}: ${describe(error)}` };
  }
}

async function fetchChecksum(releases: string, archive: string): Promise<string> {
  const url = `${releases}/pulumi-${MINIMUM_ENGINE}-checksums.txt`;
  const response = await fetch(url, { signal: AbortSignal.timeout(REACHABLE_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${url}`);
  for (const line of (await response.text()).split("\n")) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim());
    if (match?.[1] && match[2] === archive) return match[1];
  }
  throw new Error(`${url} has no checksum for ${archive}`);
}

async function fetchArchive(context: DownloadContext, archive: string, checksum: string, path: string) {
  const stalled = new AbortController();
  const stall = () => stalled.abort(new Error(`no data for ${STALL_MS / 1000} s`));
  let timer = setTimeout(stall, STALL_MS);
  const hash = createHash("sha256");
  let received = 0;
  let reported = Date.now();
  try {
    const response = await fetch(`${context.releases}/${archive}`, { signal: stalled.signal });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status} for ${archive}`);
    const total = Number(response.headers.get("content-length") ?? 0);
    context.onProgress(
      `downloading ${archive}${total ? ` (${megabytes(total)})` : ""} from ${context.releases}`,
    );
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(stall, STALL_MS);
        hash.update(chunk);
        received += chunk.length;
        if (Date.now() - reported >= PROGRESS_MS) {
          reported = Date.now();
          context.onProgress(
            `downloading the engine: ${megabytes(received)}${total ? ` of ${megabytes(total)}` : ""}`,
          );
        }
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(path), {
      signal: stalled.signal,
    });
  } finally {
    clearTimeout(timer);
  }
  const actual = hash.digest("hex");
  if (actual !== checksum) {
    throw new Error(`the checksum of ${archive} is ${actual}, but should be ${checksum}: thrown away`);
  }
}

/** The archive holds one folder `pulumi` with all binaries; they are moved up, so that the folder can go on PATH. */
async function unpack(archive: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { code, stderr } = await run("tar", ["-xzf", archive, "-C", folder], { env });
  if (code !== 0) throw new Error(`tar could not unpack the archive: ${stderr.trim()}`);
  const inner = join(folder, "pulumi");
  await rename(inner, join(folder, "unpacked"));
  const { code: moved } = await run(
    "sh",
    ["-c", 'mv "$1"/unpacked/* "$1"/ && rm "$2"', "sh", folder, archive],
    { env },
  );
  if (moved !== 0) throw new Error("the archive does not hold the binaries it should");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `did not answer within ${REACHABLE_MS / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
