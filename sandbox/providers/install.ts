import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProvider, PROVIDER_NAMES } from "./providers.ts";

const PLUGIN = fileURLToPath(new URL("./plugin.ts", import.meta.url));

/** Nothing may be fetched in place of what is installed here, and no run waits for a try to. */
const ENVIRONMENT = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } as const;

/**
 * Installs the stand-ins as plugins of a Pulumi home, in the place where the engine keeps those it downloads, for the versions
 * that the SDKs ask for. The engine starts them itself, so they get the environment of the CLI, ESC variables included, as the
 * real ones do. A plugin that is already there is left alone: it may be the real one.
 */
export async function installStandIns(
  pulumiHome: string,
): Promise<{ env: typeof ENVIRONMENT; installed: readonly string[] }> {
  const installed: string[] = [];
  for (const name of PROVIDER_NAMES) {
    const folder = join(pulumiHome, "plugins", `resource-${name}-v${createProvider(name).version}`);
    if (await install(folder, name)) installed.push(folder);
  }
  return { env: ENVIRONMENT, installed };
}

async function install(folder: string, name: string): Promise<boolean> {
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(temporary);
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const script = [
    "#!/bin/sh",
    `# A stand-in of worker-secrets for the plugin ${name}. Delete this folder to get the real one.`,
    `export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-${join(tmpdir(), "node-compile-cache")}}"`, // starts in half the time
    `exec ${quoted(process.execPath)} ${quoted(PLUGIN)} ${name} "$@"`,
    "",
  ].join("\n");
  try {
    await writeFile(join(temporary, `pulumi-resource-${name}`), script, { mode: 0o755 });
    await rename(temporary, folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
