import { delimiter, dirname, join } from "node:path";
import { isExecutable } from "./executable/installed.ts";
import { loadSandbox } from "./sandbox.ts";

const HOST = process.platform === "win32" ? "pulumi-language-nodejs.exe" : "pulumi-language-nodejs";

/**
 * Has the engine find a language host for Node: the official one comes with the CLI, beside it or on the PATH. An engine that was
 * built from its Go module has none; it gets the sandbox's, in `pulumiHome`.
 */
export async function ensureLanguageHost(engine: string, pulumiHome: string): Promise<void> {
  for (const folder of [dirname(engine), ...(process.env.PATH ?? "").split(delimiter).filter(Boolean)])
    if (await isExecutable(join(folder, HOST))) return;
  const { installLanguageHost } = await loadSandbox(() => import("@worker-secrets/sandbox/language-host"));
  await installLanguageHost(pulumiHome);
}
