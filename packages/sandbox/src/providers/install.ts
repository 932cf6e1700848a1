import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";
import { moduleBeside } from "../module-beside.ts";
import { createProvider, PROVIDER_NAMES } from "./providers.ts";

const PLUGIN = moduleBeside(import.meta.filename, "plugin");

/** For the engine: it downloads no plugin instead of a stand-in, and no run waits for an attempt. */
export const NO_OTHER_PLUGINS = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } as const;

/**
 * Installs the stand-ins as plugins of a Pulumi home, in the place where the engine keeps those it downloads, for the versions
 * that the SDKs ask for. The engine starts them itself, so they get the environment of the CLI, ESC variables included, as the
 * real ones do. A plugin that is already there is left alone: it may be the real one.
 */
export async function installStandIns(
  pulumiHome: string,
): Promise<{ env: typeof NO_OTHER_PLUGINS; installed: readonly string[] }> {
  const installed: string[] = [];
  for (const name of PROVIDER_NAMES) {
    const { version } = createProvider(name);
    const folder = await installPlugin(pulumiHome, {
      kind: "resource",
      name,
      version,
      entry: PLUGIN,
      args: [name],
    });
    if (folder !== undefined) installed.push(folder);
  }
  return { env: NO_OTHER_PLUGINS, installed };
}

/** A stand-in for a plugin executable, as a module for Node. */
export interface PluginStandIn {
  readonly kind: "resource" | "language";
  readonly name: string;
  readonly version: string;
  /** Path of the module, run by this very Node. */
  readonly entry: string;
  /** Before the engine's own arguments. */
  readonly args?: readonly string[];
}

/** Puts one stand-in into the place of its plugin. Gives its folder, or nothing where the plugin is there already. */
export async function installPlugin(
  pulumiHome: string,
  { kind, name, version, entry, args = [] }: PluginStandIn,
): Promise<string | undefined> {
  const folder = join(pulumiHome, "plugins", `${kind}-${name}-v${version}`);
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(temporary);
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  // A stand-in starts in half the time with the cache of whoever installs it, where that one has a cache.
  const cache = getCompileCacheDir();
  const compileCache = cache === undefined ? "" : `NODE_COMPILE_CACHE=${quoted(dirname(cache))} `;
  const script = [
    "#!/bin/sh",
    `# A stand-in of worker-secrets for the plugin ${name}. Delete this folder to get the real one.`,
    `${compileCache}exec ${[process.execPath, entry, ...args].map(quoted).join(" ")} "$@"`,
    "",
  ].join("\n");
  try {
    await writeFile(join(temporary, `pulumi-${kind}-${name}`), script, { mode: 0o755 });
    await rename(temporary, folder);
    return folder;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return undefined;
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
