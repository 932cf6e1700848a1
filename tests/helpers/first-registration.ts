import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import {
  type ProgramRun,
  runnerArguments,
  runnerEnvironment,
} from "../../packages/sandbox/src/language-host/program.ts";
import { unary } from "../../packages/sandbox/src/providers/replies.ts";

/** What is registered first, beside the stack itself, and when: milliseconds from the start of the process. */
export interface FirstRegistration {
  readonly type: string;
  readonly milliseconds: number;
  /** Of the processor, in the same time; `NaN` where there is no `/proc`. */
  readonly processor: number;
  /** What the program told the engine until its end, debug messages included. */
  readonly messages: readonly string[];
}

/** A program as an engine would have it started. */
export type Program = Omit<ProgramRun, "monitor" | "engine" | "tracing" | "args" | "parallel" | "dryRun"> & {
  /** The process's whole environment, but for what the runner is told of config. */
  readonly env: Readonly<Record<string, string>>;
};

const STACK = "pulumi:pulumi:Stack";
const STASH = "pulumi:index:Stash";

/**
 * Runs a program to its end as the language host does, and tells when its first registration came. What stands in the
 * engine's place gives back each resource as it was declared, as a preview does, so that the time is the program's alone.
 */
export async function firstRegistration(program: Program): Promise<FirstRegistration> {
  const messages: string[] = [];
  let registered: (type: string) => void = () => undefined;
  const server = registrar(messages, (type) => registered(type));
  const address = `127.0.0.1:${await listen(server)}`;
  const run = {
    ...program,
    monitor: address,
    engine: address,
    tracing: "",
    args: [],
    parallel: 16,
    dryRun: true,
  };
  const packageFile = join(program.programDirectory, "package.json");
  const runner = createRequire(packageFile).resolve("@pulumi/pulumi/cmd/run");
  const started = performance.now();
  const child = spawn(process.execPath, [...program.options.nodeargs, runner, ...runnerArguments(run)], {
    cwd: program.rootDirectory,
    env: { ...program.env, ...runnerEnvironment(run) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let first: FirstRegistration | undefined;
  registered = (type) => {
    first ??= {
      type,
      milliseconds: performance.now() - started,
      processor: processorTime(child.pid ?? 0),
      messages,
    };
  };
  try {
    const said = await ended(child);
    if (first !== undefined && said === undefined) return first;
    throw new Error(["the program failed", ...messages, said].join("\n"));
  } finally {
    server.forceShutdown();
  }
}

/** What a process said when it failed; `undefined` where it did not. */
function ended(child: ChildProcess): Promise<string | undefined> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? undefined : `${said}\n(it ended with ${code})`));
  });
}

function registrar(messages: string[], onRegistration: (type: string) => void): grpc.Server {
  const server = new grpc.Server();
  server.addService(resourceGrpc.ResourceMonitorService, {
    supportsFeature: unary(() => new pb.SupportsFeatureResponse().setHassupport(true)),
    registerResource: unary<pb.RegisterResourceRequest, pb.RegisterResourceResponse>(({ request }) => {
      const [type, name] = [request.getType(), request.getName()];
      if (type !== STACK) onRegistration(type);
      const object = request.getObject() ?? new structPb.Struct();
      const input = object.getFieldsMap().get("input");
      if (type === STASH && input !== undefined) object.getFieldsMap().set("output", input);
      return new pb.RegisterResourceResponse()
        .setUrn(`urn:pulumi:stack::project::${type}::${name}`)
        .setId(request.getCustom() ? name : "")
        .setObject(object);
    }),
    registerResourceOutputs: unary(() => new emptyPb.Empty()),
    signalAndWaitForShutdown: unary(() => new emptyPb.Empty()),
  } as grpc.UntypedServiceImplementation);
  server.addService(engineGrpc.EngineService, {
    log: unary<enginePb.LogRequest, emptyPb.Empty>(({ request }) => {
      messages.push(request.getMessage());
      return new emptyPb.Empty();
    }),
    setRootResource: unary(() => new enginePb.SetRootResourceResponse()),
    getRootResource: unary(() => new enginePb.GetRootResourceResponse()),
  } as grpc.UntypedServiceImplementation);
  return server;
}

function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** Milliseconds of processor time that a process's threads have had so far, from `/proc`. */
function processorTime(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((id) =>
      Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]),
    );
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
  } catch {
    return Number.NaN;
  }
}
