import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import type { ChannelOptions } from "@grpc/grpc-js";

type Callback = (error: Error | null | undefined, response?: unknown) => void;

/** The parts of the SDK that are changed here; it declares no types for them. */
interface SdkErrors {
  isGrpcError(error: unknown): boolean;
}
interface SdkStore {
  getStore(): { readonly settings: Readonly<Partial<Record<"monitor" | "engine", { close(): void }>>> };
}
interface SdkServer {
  readonly LanguageServer: { readonly prototype: { run(call: unknown, callback: Callback): unknown } };
}

/** Of the run that is going on: told of the first call to the engine that was lost. */
const running = new AsyncLocalStorage<(error: unknown) => void>();
let installed = false;

/**
 * Mends two things for programs that run in this process. One that has lost the engine fails. The SDK (3.270, `automation/server.js` and
 * `runtime/resource.js`) takes a call that ends by gRPC's UNAVAILABLE or CANCELLED for the engine's own end: it leaves what
 * waits for the call waiting for ever, or ends the run as a success. If the engine is still there, it then takes what
 * was not registered for what is no longer wanted, and deletes it. The language host of `pulumi up` ends with an error there.
 * And each run gets connections of its own, which end with it: see where they are set.
 */
export function mendInlinePrograms(): void {
  if (installed) return;
  installed = true;
  const sdk = createRequire(import.meta.resolve("@pulumi/pulumi/package.json"));
  const errors: SdkErrors = sdk("./errors.js");
  const { LanguageServer }: SdkServer = sdk("./automation/server.js");
  const { getStore }: SdkStore = sdk("./runtime/state.js");
  const { grpcClientOptions }: { grpcClientOptions: ChannelOptions } = sdk("./runtime/settings.js");

  // gRPC shares connections by address within a process, and the SDK closes none of an inline program's. An engine that
  // gets the port of an earlier one would be given that one's dead connection, and its first call would end by
  // UNAVAILABLE ("No connection established. Last error: null") though it is there.
  grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;

  const { isGrpcError } = errors;
  errors.isGrpcError = (error) => {
    const lost = isGrpcError(error);
    if (lost) running.getStore()?.(error);
    return lost;
  };

  const { prototype } = LanguageServer;
  const { run } = prototype;
  prototype.run = function (call, callback) {
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
