import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Diagnostic, EscEnvironment, EscValue } from "../../../esc/index.ts";

/** A document with the environments that it may import. */
export interface ReferenceRequest {
  readonly name: string;
  readonly text: string;
  readonly environments: Readonly<Record<string, string>>;
  /** `show-secrets` is a check that decrypts. */
  readonly mode: "check" | "show-secrets" | "open" | "rotate";
  /** With `rotate`: the secrets to renew, as paths within `values`; all, if there are none. */
  readonly paths?: readonly string[];
  /** If set, the answer is the time of that many evaluations, and no result. */
  readonly runs?: number;
}

/** One call of a rotator, and the state to write if it succeeded. */
export interface ReferenceRotation {
  readonly path: string;
  readonly status: string;
  readonly error?: string;
  readonly statePath?: string;
  readonly replacement?: EscValue;
}

/** What the reference says about it. */
export interface ReferenceAnswer {
  readonly environment?: EscEnvironment;
  readonly diagnostics: readonly Diagnostic[];
  readonly rotations?: readonly ReferenceRotation[];
  /** The document with the new states in it. */
  readonly patched?: string;
  /** Set if the reference itself crashed. */
  readonly panic?: string;
  readonly milliseconds?: number;
}

/** Our Go program around the reference evaluator, running. */
export interface Reference {
  ask(request: ReferenceRequest): Promise<ReferenceAnswer>;
  close(): void;
}

const sources = ["go.mod", "go.sum", "main.go", "world.go"];

/** Builds the program, once per version of its sources. Returns its path, or why there is none. */
export function buildReference(): { program: string } | { reason: string } {
  try {
    execFileSync("go", ["version"], { stdio: "ignore", timeout: 20_000 });
  } catch {
    return { reason: "Go is not installed" };
  }
  const hash = createHash("sha256");
  for (const source of sources) hash.update(readFileSync(join(import.meta.dirname, source)));
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "worker-secrets",
    "esc-reference",
  );
  const program = join(folder, hash.digest("hex").slice(0, 16));
  if (existsSync(program)) return { program };
  mkdirSync(folder, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  try {
    execFileSync("go", ["build", "-mod=readonly", "-o", fresh, "."], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 300_000,
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

/** Starts the program. Requests may be made without waiting for the answers before. */
export function startReference(program: string): Reference {
  const child: ChildProcessWithoutNullStreams = spawn(program);
  const waiting: { resolve: (answer: ReferenceAnswer) => void; reject: (error: Error) => void }[] = [];
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString("utf8")}`.slice(0, 2_000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as ReferenceAnswer);
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
