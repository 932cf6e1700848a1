// @ts-check
import module from "node:module";
import { privateFolder } from "./private-folder.mjs";

/**
 * Node's own compile cache: from the second run on, modules are neither compiled nor stripped of their types again. In a
 * folder of this user's alone; Node's default is one in `/tmp` that anybody could have made before, and what is in it is
 * run. Concurrent runs may share it: Node writes whole files and checks each against its source. `NODE_COMPILE_CACHE`
 * and `NODE_DISABLE_COMPILE_CACHE` are obeyed, as everywhere.
 */
export function useCompileCache() {
  if (module.getCompileCacheDir?.() !== undefined) return;
  const folder = privateFolder("compiled");
  if (folder !== undefined) module.enableCompileCache?.(folder);
}
