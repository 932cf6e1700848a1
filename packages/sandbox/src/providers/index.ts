/**
 * Stand-ins for the two provider plugins, for just the resource types in use. The same server runs in two ways:
 *
 * - `installStandIns(pulumiHome)`: as plugins that the engine starts itself, each in a Node process of its own. The way for a
 *   `pulumi up` by hand: they inherit the CLI's environment, so the deploy token comes out of ESC and is nowhere else (tried:
 *   refresh and destroy by the bare CLI without a token in its environment). Costs about 0.1 s a plugin, 0.35 s a command.
 * - `startStandIns({ environment })`: in this process, attached by PULUMI_DEBUG_PROVIDERS; costs nothing a command. The engine
 *   hands nothing of its own environment to an attached plugin, so the host says what it is: it has to open ESC too.
 */
import { createProvider, PROVIDER_NAMES } from "./providers.ts";
import type { Environment } from "./resource.ts";
import { serve } from "./server.ts";

export { installStandIns } from "./install.ts";

export interface StandInOptions {
  /** Asked each time a provider is configured; default `process.env`. */
  readonly environment?: () => Environment;
}

export interface StandIns {
  /** For the process of the engine. */
  readonly env: {
    readonly PULUMI_DEBUG_PROVIDERS: string;
    readonly PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true";
  };
  close(): Promise<void>;
}

export async function startStandIns(options: StandInOptions = {}): Promise<StandIns> {
  const environment = options.environment ?? (() => process.env);
  const running = await Promise.all(
    PROVIDER_NAMES.map(async (name) => ({ name, ...(await serve(createProvider(name), environment)) })),
  );
  return {
    env: {
      PULUMI_DEBUG_PROVIDERS: running.map(({ name, port }) => `${name}:${port}`).join(),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
    close: async () => {
      await Promise.all(running.map(({ close }) => close()));
    },
  };
}
