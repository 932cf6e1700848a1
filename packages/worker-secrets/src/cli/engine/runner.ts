import type { Context } from "../project/context.ts";
import { pulumiHome } from "../project/pulumi-home.ts";
import { findEngine } from "./executable/index.ts";
import { loadSandbox } from "./sandbox.ts";
import { type HostedStack, type HostOptions, hostStack } from "./stack-host.ts";

/**
 * Opens the context's stack for `preview`, `up` and `destroy`, with the project's own program in this process: no
 * language host is needed. With the real clouds the engine uses the plugins of the user's own Pulumi home and downloads
 * those that are missing; with the sandbox, stand-ins are attached, and that is said. `close` ends everything.
 */
export async function openRunner(
  context: Context,
  onProgress: (line: string) => void,
  signal?: AbortSignal,
  other: Pick<HostOptions, "code" | "message" | "policiesOf"> = {},
): Promise<HostedStack> {
  const engine = await findEngine({ onProgress });
  const base = {
    project: context.project,
    stack: context.stack,
    organization: context.organization,
    root: context.root,
    engine: engine.path,
    ...(signal === undefined ? {} : { signal }),
    ...other,
  };
  const clouds = {
    PULUMI_BACKEND_URL: context.pulumi.url,
    PULUMI_ACCESS_TOKEN: context.pulumi.token.reveal(),
    CLOUDFLARE_BASE_URL: context.cloudflareUrl,
  };
  if (!context.local) {
    return hostStack({
      ...base,
      env: clouds,
      pulumiHome: pulumiHome(process.env),
    });
  }
  const { startStandIns } = await loadSandbox(() => import("@worker-secrets/sandbox/providers"));
  onProgress("The clouds are on this machine: stand-ins take the place of the provider plugins");
  // The host sets the imported Environment's variables in this process, where the engine would for its plugins.
  const standIns = await startStandIns({
    environment: () => ({ ...clouds, CLOUDFLARE_API_TOKEN: process.env.CLOUDFLARE_API_TOKEN ?? "" }),
  });
  try {
    const host = await hostStack({ ...base, env: { ...clouds, ...standIns.env } });
    return {
      ...host,
      close: async () => {
        await host.close();
        await standIns.close();
      },
    };
  } catch (error) {
    await standIns.close();
    throw error;
  }
}
