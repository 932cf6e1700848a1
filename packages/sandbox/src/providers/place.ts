import { AsyncLocalStorage } from "node:async_hooks";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a plugin runs: what the engine gives the process that it starts. An attached stand-in gets it from its host. */
export interface Place {
  /** Asked at each call of the engine. */
  readonly environment: () => Environment;
  /** The engine's working folder, which is the program's; relative paths start there. */
  readonly folder: () => string;
}

/** Of a plugin that the engine started itself. */
export const OWN_PROCESS: Place = { environment: () => process.env, folder: () => process.cwd() };

const places = new AsyncLocalStorage<Place>();

/** Carries out one call of the engine at the place of its plugin. */
export function at<T>(place: Place, call: () => T): T {
  return places.run(place, call);
}

/** The file that a plugin there finds at the path; `~/` is the home folder of its environment. */
export function fileAt(path: string): string {
  const { environment, folder } = places.getStore() ?? OWN_PROCESS;
  if (!path.startsWith("~/")) return resolve(folder(), path);
  return join(environment().HOME || homedir(), path.slice(2));
}
