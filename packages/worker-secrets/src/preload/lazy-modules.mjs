// @ts-check
import { createRequire, Module } from "node:module";
import { moduleText } from "./private-module.mjs";
import { quietSdk } from "./quiet-sdk.mjs";
import { late, nothing, scriptHooks, wholeModule } from "./stand-ins.mjs";

/**
 * Loads Pulumi's SDK without what only few programs use, two thirds of its modules: npm's tree reader and the TypeScript
 * compiler (both for turning functions into text), the Automation API, exporters of traces. Each of them loads itself at
 * its first use, so a program that does use one notices nothing. What is put off is put off for the SDK alone: whoever
 * else imports one of these modules gets it as it is.
 *
 * These are no public modules of the SDK, so another version may have others. What is not as it is expected here stays as the
 * SDK has it: the program works the same and starts more slowly. `WORKER_SECRETS_SDK_DEBUG` names what that is.
 *
 * Each name with the way in which the SDK takes it. One that an SDK does not have is skipped.
 */
const PUT_OFF = {
  "./runtime/closure/serializeClosure.js": late("serializeFunction", "serializeFunctionAsync"),
  "./runtime/closure/codePaths.js": late("computeCodePaths"),
  "./automation/index.js": wholeModule,
  "js-yaml": wholeModule,
  "@opentelemetry/exporter-zipkin": late("ZipkinExporter"),
  "@opentelemetry/instrumentation": late("registerInstrumentations"),
  "@opentelemetry/instrumentation-grpc": late("GrpcInstrumentation"),
  "@opentelemetry/resources": late("Resource", "defaultResource", "resourceFromAttributes"),
  "@opentelemetry/sdk-trace-base": late("SimpleSpanProcessor"),
  "@opentelemetry/sdk-trace-node": late("NodeTracerProvider"),
};

/** What takes them. The runner, `cmd/run`, finds these loaded. */
const TAKERS = ["./cmd/run/tracing.js", "./runtime/manifest.js", "./index.js"];

/** What `runtime/closure/v8Hooks.js` exports: a stand-in for it has to have all of it. */
const SCRIPT_HOOKS = ["getScriptUrl", "getSessionAsync", "isInitializedAsync"];

/**
 * Loads the SDK that a module at `from` (a URL) would get. Does nothing where a trace is asked for: then gRPC has to be
 * loaded after what watches it.
 *
 * @param {string} from
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @returns {readonly string[]} the modules that are not as expected
 */
export function loadSdk(from, env = process.env) {
  if (env.TRACEPARENT || env.PULUMI_EXPERIMENTAL) return [];
  const sdk = sdkRequire(from);
  if (sdk === undefined) return [];
  const unknown = loadLean(sdk, env);
  if (unknown.length > 0 && env.WORKER_SECRETS_SDK_DEBUG)
    console.error(
      `worker-secrets: this @pulumi/pulumi is not as expected in ${unknown.join(", ")}; the program runs with these as they are, and starts more slowly.`,
    );
  return unknown;
}

/**
 * Gives the modules that are not as expected.
 *
 * @param {NodeJS.Require} sdk
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {readonly string[]}
 */
function loadLean(sdk, env) {
  const before = new Set(Object.keys(sdk.cache));
  const stubs = Object.entries(PUT_OFF).map(([name, standIn]) => putOff(sdk, name, standIn));
  /** @type {string[]} */
  const unknown = Object.keys(PUT_OFF).filter((name) => name.startsWith(".") && !isThere(sdk, name));
  // Every promise and every resource of the SDK notes its stack. With this, each of those is mapped to the SDK's own
  // TypeScript, which costs more than all that the program does; its own files need no mapping, since Node strips types in place.
  const takesMapping = moduleText(sdk, "./cmd/run/index.js").includes(
    'require("source-map-support/register")',
  );
  const mapping = takesMapping ? putOff(sdk, "source-map-support/register", nothing) : undefined;
  if (!takesMapping) unknown.push("./cmd/run/index.js");
  if (exportsExactly(moduleText(sdk, "./runtime/closure/v8Hooks.js"), SCRIPT_HOOKS))
    putOff(sdk, "./runtime/closure/v8Hooks.js", scriptHooks);
  else unknown.push("./runtime/closure/v8Hooks.js");
  try {
    for (const name of TAKERS) {
      if (isThere(sdk, name)) sdk(name);
      else unknown.push(name);
    }
    unknown.push(...quietSdk(sdk, env));
  } catch (error) {
    // Half an SDK is none: the runner loads it again, as it is.
    for (const path of Object.keys(sdk.cache)) if (!before.has(path)) delete sdk.cache[path];
    return [`its start (${error instanceof Error ? error.message.split("\n")[0] : error})`];
  } finally {
    for (const stub of stubs) stub?.remove();
  }
  // The runner takes this one itself, once.
  mapping?.removeWhenTaken();
  return unknown;
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
 * @param {NodeJS.Require} sdk
 * @param {string} name
 */
function isThere(sdk, name) {
  try {
    return sdk.resolve(name) !== "";
  } catch {
    return false;
  }
}

/**
 * Whether a compiled module exports these names and no others.
 *
 * @param {string} text
 * @param {readonly string[]} names in their order
 */
function exportsExactly(text, names) {
  const found = [...text.matchAll(/^(?:exports\.(\w+) = |Object\.defineProperty\(exports, "(\w+)")/gm)];
  const exported = new Set(found.map(([, assigned, defined]) => assigned ?? defined));
  exported.delete("__esModule");
  return [...exported].sort().join() === names.join();
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
