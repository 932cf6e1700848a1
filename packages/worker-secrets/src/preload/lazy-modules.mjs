// @ts-check
import { createRequire, Module } from "node:module";
import { quietSdk } from "./quiet-sdk.mjs";
import { late, nothing, scriptHooks, wholeModule } from "./stand-ins.mjs";

/**
 * Loads Pulumi's SDK without what only few programs use, two thirds of its modules: npm's tree reader and the TypeScript
 * compiler (both for turning functions into text), the Automation API, exporters of traces. Each of them loads itself at
 * its first use, so a program that does use one notices nothing. What is put off is put off for the SDK alone: whoever
 * else imports one of these modules gets it as it is.
 *
 * Each name with the way in which the SDK takes it. One that an SDK does not have is skipped.
 */
const PUT_OFF = {
  "./runtime/closure/serializeClosure.js": late,
  "./runtime/closure/codePaths.js": late,
  "./automation/index.js": wholeModule,
  "js-yaml": wholeModule,
  "@opentelemetry/exporter-zipkin": late,
  "@opentelemetry/instrumentation": late,
  "@opentelemetry/instrumentation-grpc": late,
  "@opentelemetry/resources": late,
  "@opentelemetry/sdk-trace-base": late,
  "@opentelemetry/sdk-trace-node": late,
};

/** What takes them. The runner, `cmd/run`, finds these loaded. */
const TAKERS = ["./cmd/run/tracing.js", "./runtime/manifest.js", "./index.js"];

/**
 * Loads the SDK that a module at `from` (a URL) would get. Does nothing where a trace is asked for: then gRPC has to be
 * loaded after what watches it.
 *
 * @param {string} from
 * @param {Readonly<Record<string, string | undefined>>} [env]
 */
export function loadSdk(from, env = process.env) {
  if (env.TRACEPARENT || env.PULUMI_EXPERIMENTAL) return;
  const sdk = sdkRequire(from);
  if (sdk === undefined) return;
  const stubs = Object.entries(PUT_OFF).map(([name, standIn]) => putOff(sdk, name, standIn));
  // Every promise and every resource of the SDK notes its stack. With this, each of those is mapped to the SDK's own
  // TypeScript, which costs more than all that the program does; its own files need no mapping, since Node strips types in place.
  const mapping = putOff(sdk, "source-map-support/register", nothing);
  putOff(sdk, "./runtime/closure/v8Hooks.js", scriptHooks);
  try {
    for (const name of TAKERS) sdk(name);
    quietSdk(sdk, env);
  } finally {
    for (const stub of stubs) stub?.remove();
  }
  // The runner takes this one by itself, once.
  mapping?.removeWhenTaken();
}

/** @param {string} from */
function sdkRequire(from) {
  try {
    return createRequire(createRequire(from).resolve("@pulumi/pulumi/package.json"));
  } catch {
    return undefined;
  }
}

/**
 * Puts a stand-in where `require` looks for loaded modules.
 *
 * @param {NodeJS.Require} sdk
 * @param {string} name
 * @param {(load: () => any) => object} standIn
 */
function putOff(sdk, name, standIn) {
  let path;
  try {
    path = sdk.resolve(name);
  } catch {
    return undefined;
  }
  if (sdk.cache[path] !== undefined) return undefined;
  const stub = new Module(path);
  const remove = () => {
    if (sdk.cache[path] === stub) delete sdk.cache[path];
  };
  stub.filename = path;
  stub.loaded = true;
  stub.exports = standIn(() => {
    remove();
    return sdk(path);
  });
  sdk.cache[path] = stub;
  const { exports } = stub;
  const removeWhenTaken = () =>
    Object.defineProperty(stub, "exports", {
      get() {
        remove();
        return exports;
      },
    });
  return { remove, removeWhenTaken };
}
