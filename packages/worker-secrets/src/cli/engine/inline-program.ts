import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { isReplaceable, moduleText, privateModule } from "../../preload/private-module.mjs";

type Callback = (error: Error | null | undefined, response?: unknown) => void;

/** The parts of the SDK that are changed here; it declares no types for them. */
interface SdkParts {
  readonly errors: { isGrpcError(error: unknown): boolean };
  readonly server: { run(call: unknown, callback: Callback): unknown };
  readonly getStore: () => {
    readonly settings: Readonly<Partial<Record<"monitor" | "engine", { close(): void }>>>;
  };
  readonly clientOptions: Record<string, unknown>;
}

/** Whether programs can run in this process without losing what a language host guarantees. */
export type InlineGuard =
  | { readonly kind: "guarded" }
  | { readonly kind: "unknown-sdk"; readonly what: string };

/** Of the run that is going on: told of the first call to the engine that was lost. */
const running = new AsyncLocalStorage<(error: unknown) => void>();
let installed: InlineGuard | undefined;

/**
 * Changes the SDK in two points for programs that run in this process. A program that has lost the engine fails. The SDK (3.270,
 * `automation/server.js` and `runtime/resource.js`) takes a call that ends by gRPC's UNAVAILABLE or CANCELLED for the engine's own
 * end: it leaves what waits for the call waiting for ever, or ends the run as a success. If the engine is still there, it then takes
 * what was not registered for what is no longer wanted, and deletes it. The language host of `pulumi up` ends with an error there.
 * And each run gets connections of its own, which end with it: see where they are set.
 *
 * None of this is public in the SDK. Where a version is not as expected, nothing is changed and the answer says what was found: a
 * program must not run in this process then.
 */
export function guardInlinePrograms(
  sdk: NodeJS.Require = createRequire(import.meta.resolve("@pulumi/pulumi/package.json")),
): InlineGuard {
  installed ??= guardSdk(sdk);
  return installed;
}

function guardSdk(sdk: NodeJS.Require): InlineGuard {
  const parts = knownParts(sdk);
  if (typeof parts === "string") return { kind: "unknown-sdk", what: parts };
  changeSdk(parts);
  return { kind: "guarded" };
}

/** The parts, or what is not as expected. */
function knownParts(sdk: NodeJS.Require): SdkParts | string {
  const errors = privateModule(sdk, "./errors.js");
  const server = Object(Object(privateModule(sdk, "./automation/server.js").LanguageServer).prototype);
  const { getStore } = privateModule(sdk, "./runtime/state.js");
  const { grpcClientOptions: clientOptions } = privateModule(sdk, "./runtime/settings.js");
  if (!isReplaceable(errors, "isGrpcError")) return "errors.js: isGrpcError";
  if (!isReplaceable(server, "run") || server.run.length !== 2)
    return "automation/server.js: LanguageServer.run";
  // What took the function out of its module at once would not see another one there.
  for (const name of ["automation/server.js", "runtime/resource.js", "runtime/rpc.js"])
    if (!/\berrors_\d+\.isGrpcError\b/.test(moduleText(sdk, `./${name}`)))
      return `${name}: its calls of isGrpcError`;
  if (typeof getStore !== "function" || typeof getStore()?.settings !== "object")
    return "runtime/state.js: getStore";
  if (typeof clientOptions !== "object" || clientOptions === null || !Object.isExtensible(clientOptions))
    return "runtime/settings.js: grpcClientOptions";
  return { errors, server, getStore, clientOptions } as SdkParts;
}

function changeSdk({ errors, server, getStore, clientOptions }: SdkParts): void {
  // gRPC shares connections by address within a process, and the SDK closes none of an inline program's. An engine that
  // gets the port of an earlier one would be given that one's dead connection, and its first call would end by
  // UNAVAILABLE ("No connection established. Last error: null") though it is there.
  clientOptions["grpc.use_local_subchannel_pool"] = 1;

  const { isGrpcError } = errors;
  errors.isGrpcError = (error) => {
    const lost = isGrpcError(error);
    if (lost) running.getStore()?.(error);
    return lost;
  };

  const { run } = server;
  server.run = function (call, callback) {
    let answered = false;
    const once: Callback = (error, response) => {
      if (answered) return;
      answered = true;
      callback(error, response);
    };
    // Only here are they no longer needed: a program that has lost its engine may still be calling it.
    const ended: Callback = (error, response) => {
      const { monitor, engine } = getStore().settings;
      monitor?.close();
      engine?.close();
      once(error, response);
    };
    return running.run(
      (error) => once(lostEngine(error)),
      () => run.call(this, call, ended),
    );
  };
}

function lostEngine(error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `The program lost its connection to the engine and did not come to its end (${why}); what it had not registered stays as it is. Run the command again.`,
  );
}
