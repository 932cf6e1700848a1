/**
 * Stand-ins for the two provider plugins, for just the resource types in use. The same server runs in two ways:
 *
 * - `installStandIns(pulumiHome)`: as plugins that the engine starts, each in a Node process of its own, in the engine's working
 *   folder and with its environment, as it starts the real ones. The way for a
 *   `pulumi up` by hand. The deploy token comes out of ESC and is nowhere else.
 * - `startStandIns({ environment, folder })`: in this process, attached by PULUMI_DEBUG_PROVIDERS. The engine gives
 *   an attached plugin neither its environment nor its folder, so the host does; `packages/sandbox/tests/providers-attached.test.ts`
 *   compares the two ways. Saves a start of two processes for each operation: 0.35 s on an idle machine, 3 s on a busy one.
 */
import { OWN_PROCESS, type Place } from "./place.ts";
import { createProvider, PROVIDER_NAMES } from "./providers.ts";
import { serve } from "./server.ts";

export { installStandIns, NO_OTHER_PLUGINS } from "./install.ts";

/** What a plugin gets from the engine that starts it; by default that of this process. */
export type StandInOptions = Partial<Place>;

export interface StandIns {
  /** For the process of the engine. */
  readonly env: {
    readonly PULUMI_DEBUG_PROVIDERS: string;
    readonly PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true";
  };
  close(): Promise<void>;
}

export async function startStandIns(options: StandInOptions = {}): Promise<StandIns> {
  const place = { ...OWN_PROCESS, ...options };
  const running = await Promise.all(
    PROVIDER_NAMES.map(async (name) => ({ name, ...(await serve(createProvider(name), place)) })),
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
