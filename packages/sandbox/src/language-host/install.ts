import { moduleBeside } from "../module-beside.ts";
import { installPlugin } from "../providers/install.ts";
import { STAND_IN_VERSION } from "./version.ts";

const HOST = moduleBeside(import.meta.filename, "host");

/**
 * Installs the stand-in for `pulumi-language-nodejs` as a plugin of a Pulumi home, so that a CLI without its own host runs programs.
 * The engine takes one on the PATH first, then the one beside the `pulumi` executable, and this one last (workspace/plugins.go), so a
 * full installation goes on using its own.
 */
export async function installLanguageHost(pulumiHome: string): Promise<{ installed: readonly string[] }> {
  const folder = await installPlugin(pulumiHome, {
    kind: "language",
    name: "nodejs",
    version: STAND_IN_VERSION,
    entry: HOST,
  });
  return { installed: folder === undefined ? [] : [folder] };
}
