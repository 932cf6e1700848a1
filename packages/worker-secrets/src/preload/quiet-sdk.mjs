// @ts-check

/**
 * What Pulumi's SDK notes for its own makers, left out: a stack with every promise, and a call to the engine for each step of
 * each registration. Together they cost more than the registrations themselves, and grow with them.
 *
 * @param {NodeJS.Require} sdk
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function quietSdk(sdk, env) {
  if (!env.PULUMI_DEBUG_PROMISE_LEAKS) withoutStacks(sdk("./runtime/debuggable.js"));
  if (!env.WORKER_SECRETS_SDK_DEBUG) withoutOwnMessages(sdk("./log/index.js"));
}

/**
 * The stacks are printed with `PULUMI_DEBUG_PROMISE_LEAKS` alone. That a promise was left waiting is told as before.
 *
 * @param {any} debuggable
 */
function withoutStacks(debuggable) {
  const { debuggablePromise } = debuggable;
  if (typeof debuggablePromise !== "function") return;
  debuggable.debuggablePromise = (/** @type {unknown[]} */ ...args) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}

/** How the SDK's own debug messages begin. Source: `runtime/resource.js`, `runtime/rpc.js`, `runtime/invoke.js` of 3.270. */
const OWN =
  /^(Registering resource|RegisterResource|Reading resource|ReadResource|Getting resource|getResource|Checking resource|Resource RPC|Serialize property|Invoke RPC|Invoking function|Call RPC|Calling function|registering |skip re-registering)/;

/**
 * Nobody sees them but with `--debug`, and there they show more than they should: `RegisterResource RPC finished` holds all
 * that the engine answered, with the secrets among it in clear. A program's own debug messages go their way.
 *
 * @param {any} log
 */
function withoutOwnMessages(log) {
  const { debug } = log;
  if (typeof debug !== "function") return;
  log.debug = (/** @type {string} */ message, /** @type {unknown[]} */ ...rest) =>
    OWN.test(message) ? Promise.resolve() : debug(message, ...rest);
}
