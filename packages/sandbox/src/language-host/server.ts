import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { listenLocally } from "../http/grpc.ts";
import { note } from "../output.ts";
import { unary } from "../providers/replies.ts";
import { installDependencies, programDependencies } from "./dependencies.ts";
import { type NodeOptions, parseOptions } from "./options.ts";
import { requiredPackages } from "./packages.ts";
import { startPolicyPack } from "./policy-pack.ts";
import { findExecutable, runProgram } from "./program.ts";
import { STAND_IN_VERSION } from "./version.ts";

const run = promisify(execFile);

/** Said at each run, where the engine shows what a host prints. */
const NOTICE =
  "Language host: the stand-in of worker-secrets for pulumi-language-nodejs, which runs programs and policy packs.";

export interface RunningHost {
  readonly port: number;
  /** Stops the program under way, and the server. */
  close(): Promise<void>;
}

type Info = InstanceType<typeof pb.ProgramInfo>;

/** Serves the engine's `LanguageRuntime` on a free port of the loopback. */
export async function serveLanguageHost(start: {
  readonly engine: string;
  readonly tracing: string;
}): Promise<RunningHost> {
  const abort = new AbortController();
  let { engine } = start;
  const running = new Set<Promise<unknown>>();

  const implemented: Partial<ILanguageRuntimeServer> = {
    // Only to a host that was started by hand (PULUMI_DEBUG_LANGUAGES); another gets the address as its argument.
    handshake: unary(({ request }) => {
      engine = request.getEngineAddress();
      return new pb.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion(STAND_IN_VERSION)),
    getRequiredPackages: unary(({ request }) => {
      const packages = requiredPackages(infoOf(request).getProgramDirectory());
      return new pb.GetRequiredPackagesResponse().setPackagesList(
        packages.map(({ name, version, server }) =>
          new pluginPb.PackageDependency()
            .setName(name)
            .setKind("resource")
            .setVersion(version)
            .setServer(server),
        ),
      );
    }),
    getProgramDependencies: unary(({ request }) => {
      const folder = infoOf(request).getProgramDirectory();
      return new pb.GetProgramDependenciesResponse().setDependenciesList(
        programDependencies(folder, request.getTransitivedependencies()).map(({ name, version }) =>
          new pb.DependencyInfo().setName(name).setVersion(version),
        ),
      );
    }),
    about: unary(async ({ request }) => {
      const info = infoOf(request);
      optionsOf(info);
      const node = findExecutable("node");
      if (node === undefined) throw new Error('could not find executable "node"');
      const [version, npm] = await Promise.all([printed("node", "--version"), printed("npm", "--version")]);
      const answer = new pb.AboutResponse().setExecutable(node).setVersion(version);
      const metadata = answer.getMetadataMap();
      metadata.set("packagemanager", "npm").set("packagemanagerVersion", npm);
      const typescript = typescriptVersion(info.getProgramDirectory());
      if (typescript !== undefined) metadata.set("typescriptVersion", typescript);
      return answer;
    }),
    // The official host asks for a package manager; there is one here.
    runtimeOptionsPrompts: unary(() => new pb.RuntimeOptionsResponse()),
    installDependencies: (call) => {
      const failed = (details: string) => void call.emit("error", { code: grpc.status.UNKNOWN, details });
      const answer = () => new pb.InstallDependenciesResponse();
      try {
        const info = infoOf(call.request);
        const npm = installDependencies(info.getProgramDirectory(), optionsOf(info));
        npm.stdout.on("data", (text: Buffer) => call.write(answer().setStdout(text)));
        npm.stderr.on("data", (text: Buffer) => call.write(answer().setStderr(text)));
        npm.on("error", (error) => failed(error.message));
        npm.on("close", (code) => (code === 0 ? call.end() : failed(`npm install exited with ${code}`)));
        call.on("cancelled", () => npm.kill("SIGINT"));
      } catch (error) {
        failed(error instanceof Error ? error.message : String(error));
      }
    },
    run: unary(async (call) => {
      const { request } = call;
      const info = infoOf(request);
      const refuse = (error: string) => new pb.RunResponse().setError(error);
      if (request.getAttachDebugger()) return refuse(notHere("--attach-debugger"));
      let options: NodeOptions;
      try {
        options = optionsOf(info);
      } catch (error) {
        return refuse(error instanceof Error ? error.message : String(error));
      }
      note(NOTICE);
      const gone = new AbortController();
      call.on("cancelled", () => gone.abort());
      const result = runProgram(
        {
          monitor: request.getMonitorAddress(),
          engine,
          organization: request.getOrganization(),
          project: request.getProject(),
          stack: request.getStack(),
          rootDirectory: info.getRootDirectory(),
          programDirectory: info.getProgramDirectory(),
          entryPoint: info.getEntryPoint(),
          dryRun: request.getDryrun(),
          parallel: request.getParallel(),
          tracing: start.tracing,
          args: request.getArgsList(),
          config: new Map(request.getConfigMap().getEntryList()),
          configSecretKeys: request.getConfigsecretkeysList(),
          options,
        },
        AbortSignal.any([abort.signal, gone.signal]),
      );
      running.add(result);
      const { error, bail } = await result.finally(() => running.delete(result));
      return new pb.RunResponse().setError(error).setBail(bail);
    }),
    runPlugin: (call) => {
      const { request } = call;
      const failed = (details: string) => void call.emit("error", { code: grpc.status.UNKNOWN, details });
      if (request.getKind() !== "analyzer") return failed(notHere(`a plugin of kind ${request.getKind()}`));
      if (request.getAttachDebugger()) return failed(notHere("--attach-debugger"));
      try {
        const info = infoOf(request);
        const pack = startPolicyPack({
          programDirectory: info.getProgramDirectory(),
          args: request.getArgsList(),
          env: request.getEnvList(),
          options: optionsOf(info),
        });
        const answer = () => new pb.RunPluginResponse();
        const ended = new Promise<void>((resolve) => pack.on("close", () => resolve()));
        const stop = () => void pack.kill("SIGTERM");
        pack.stdout.on("data", (text: Buffer) => call.write(answer().setStdout(text)));
        pack.stderr.on("data", (text: Buffer) => call.write(answer().setStderr(text)));
        pack.on("error", (error) => failed(error.message));
        pack.on("close", (code) => {
          abort.signal.removeEventListener("abort", stop);
          call.write(answer().setExitcode(code ?? 1));
          call.end();
        });
        // The engine ends a pack by cancelling the call.
        call.on("cancelled", stop);
        abort.signal.addEventListener("abort", stop, { once: true });
        running.add(ended);
        void ended.then(() => running.delete(ended));
      } catch (error) {
        failed(error instanceof Error ? error.message : String(error));
      }
    },
    cancel: unary(() => {
      abort.abort();
      return new emptyPb.Empty();
    }),
    // Whatever is not here is answered UNIMPLEMENTED by grpc-js: code generation, packing, linking, plugins in TypeScript.
  };

  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(languageGrpc.LanguageRuntimeService, implemented as grpc.UntypedServiceImplementation);
  const port = await listenLocally(server);
  return {
    port,
    async close() {
      abort.abort();
      await Promise.allSettled(running);
      server.forceShutdown();
    },
  };
}

function infoOf(request: { getInfo(): Info | undefined }): Info {
  const info = request.getInfo();
  if (!info) throw new Error("the engine sent no ProgramInfo: this host is for engines of 3.259 or newer");
  return info;
}

function optionsOf(info: Info): NodeOptions {
  return parseOptions(info.getOptions()?.toJavaScript() ?? {});
}

function notHere(what: string): string {
  return `${what} is not in the stand-in for pulumi-language-nodejs; a full installation of the Pulumi CLI has it`;
}

/** What a version command prints; empty where it can't be had, which is no reason to fail. */
function printed(command: string, ...args: string[]): Promise<string> {
  // Neither tokens nor config are any of its business.
  const { PATH, HOME, SystemRoot } = process.env;
  return run(command, args, { env: { PATH, HOME, SystemRoot } }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
}

function typescriptVersion(programDirectory: string): string | undefined {
  try {
    const found: unknown = createRequire(join(programDirectory, "package.json"))("typescript/package.json");
    return (found as { readonly version: string }).version;
  } catch {
    return undefined;
  }
}
