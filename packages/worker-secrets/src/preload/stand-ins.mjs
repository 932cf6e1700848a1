// @ts-check
import { Session } from "node:inspector";

/** What stands for a module's exports until they are used. Each takes the function that loads the module. */

/**
 * For a module that is kept as a whole: the first look at one of its exports loads it.
 *
 * @param {() => any} load
 */
export function wholeModule(load) {
  return new Proxy(
    {},
    {
      // Asked at once by compiled imports, to tell how to take the module. As its default they take a module without one whole.
      get: (_, name) => {
        if (name === "__esModule") return true;
        const module = load();
        return name === "default" && !("default" in module) ? module : module[name];
      },
      has: (_, name) => name in load(),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(load(), name);
        return found && { ...found, configurable: true };
      },
    },
  );
}

/**
 * For a module whose functions and classes are taken out of it at once: each of these names loads it when it is called. Any
 * other name is the module's own, which is loaded for it.
 *
 * @param {readonly string[]} names
 */
export function late(...names) {
  return (/** @type {() => any} */ load) =>
    new Proxy(
      {},
      {
        get: (_, name) => {
          if (name === "__esModule") return true;
          return names.includes(String(name)) ? lateFunction(() => load()[name]) : load()[name];
        },
      },
    );
}

/** @param {() => any} find */
function lateFunction(find) {
  return new Proxy(function later() {}, {
    apply: (_, self, args) => Reflect.apply(find(), self, args),
    construct: (_, args, target) => Reflect.construct(find(), args, target),
    get: (_, name) => find()[name],
  });
}

/** For a module that is loaded for what it does, which is not wanted. */
export function nothing() {
  return {};
}

/**
 * For `runtime/closure/v8Hooks.js`, which switches the debugger on at the start of every program, to know the files of the
 * functions that it may be asked to turn into text. The debugger tells of the scripts that are there when it is switched on,
 * so that can wait until a function is to be turned into text.
 *
 * @param {() => any} load
 */
export function scriptHooks(load) {
  /** @type {any} */
  let hooks;
  /** @type {Map<string, string>} */
  const urls = new Map();
  const start = () => {
    if (hooks !== undefined) return hooks;
    hooks = load();
    const session = new Session();
    session.connect();
    session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
    session.post("Debugger.enable");
    return hooks;
  };
  return {
    __esModule: true,
    isInitializedAsync: async () => undefined,
    getSessionAsync: () => start().getSessionAsync(),
    getScriptUrl: (/** @type {string} */ id) => start().getScriptUrl(id) ?? urls.get(id),
  };
}
