import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A Go program of the tests, around a public module that serves as the reference for something. */
export interface GoProgram {
  /** Names its folder in the user's cache. */
  readonly name: string;
  /** Where `go build` runs: a folder with `go.mod` and `go.sum`. */
  readonly module: string;
  /** What to build, as `go build` takes it. */
  readonly target: string;
  /** All files that the result depends on; it is built once for each content of them. */
  readonly sources: readonly string[];
}

/** Builds a program, or takes the one that was built before. Returns its path, or why there is none. */
export function buildGoProgram(wanted: GoProgram): { program: string } | { reason: string } {
  try {
    execFileSync("go", ["version"], { stdio: "ignore", timeout: 20_000 });
  } catch {
    return { reason: "Go is not installed" };
  }
  const hash = createHash("sha256");
  for (const source of wanted.sources) hash.update(readFileSync(source));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "worker-secrets", wanted.name);
  const program = join(folder, hash.digest("hex").slice(0, 16));
  if (existsSync(program)) return { program };
  mkdirSync(folder, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  try {
    // With the flags of the engine's own build, whose compiled packages then serve here too.
    const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", fresh, wanted.target];
    execFileSync("go", args, {
      cwd: wanted.module,
      encoding: "utf8",
      env: { ...process.env, GOWORK: "off", GOFLAGS: "" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 600_000,
    });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    // Only a module that cannot be had is an excuse; a program that does not compile is a fault of ours.
    if (!/dial tcp|lookup |module lookup disabled|connection|timeout/i.test(said)) throw new Error(said);
    return { reason: `the reference's module could not be downloaded: ${said.split("\n")[0]}` };
  }
  renameSync(fresh, program);
  return { program };
}

/** A program that answers each line of JSON with one. */
export interface Asked<Request, Answer> {
  ask(request: Request): Promise<Answer>;
  close(): void;
}

/** Starts such a program. Requests may be made without waiting for the answers before. */
export function startAsked<Request, Answer>(program: string): Asked<Request, Answer> {
  const child: ChildProcessWithoutNullStreams = spawn(program);
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString("utf8")}`.slice(0, 2_000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as Answer);
  });
  child.stdin.on("error", () => undefined); // told by `close` below
  child.on("close", (code) => {
    for (const { reject } of waiting.splice(0))
      reject(new Error(`the reference ended with ${code}: ${complaint}`));
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    close: () => child.stdin.end(),
  };
}
