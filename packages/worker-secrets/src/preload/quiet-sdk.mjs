// @ts-check
import { isReplaceable, privateModule } from "./private-module.mjs";

/**
 * What Pulumi's SDK notes for its own makers, left out: a stack with every promise, and a call to the engine for each step of
 * each registration. Together they cost more than the registrations themselves, and grow with them.
 *
 * What is not as expected is left alone.
 *
 * @param {NodeJS.Require} sdk
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {readonly string[]} the modules that are not as expected
 */
export function quietSdk(sdk, env) {
  /** @type {string[]} */
  const unknown = [];
  const change = (/** @type {string} */ name, /** @type {string} */ member, /** @type {Wrap} */ wrap) => {
    const module = privateModule(sdk, name);
    if (isReplaceable(module, member)) module[member] = wrap(module[member]);
    else unknown.push(name);
  };
  if (!env.PULUMI_DEBUG_PROMISE_LEAKS) change("./runtime/debuggable.js", "debuggablePromise", withoutStacks);
  if (!env.WORKER_SECRETS_SDK_DEBUG) change("./log/index.js", "debug", withoutOwnMessages);
  return unknown;
}

/** @typedef {(original: (...args: any[]) => any) => (...args: any[]) => any} Wrap */

/**
 * The stacks are printed with `PULUMI_DEBUG_PROMISE_LEAKS` alone. That a promise was left waiting is reported as before.
 *
 * @type {Wrap}
 */
function withoutStacks(debuggablePromise) {
  return (...args) => {
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
 * @type {Wrap}
 */
function withoutOwnMessages(debug) {
  return (message, ...rest) => (OWN.test(message) ? Promise.resolve() : debug(message, ...rest));
}
