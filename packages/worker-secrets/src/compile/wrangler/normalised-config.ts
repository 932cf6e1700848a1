import type { Unstable_Config } from "wrangler";

/** wrangler's own config of one environment: its defaults filled in, the block's name in `name`. */
export type NormalisedConfig = Omit<Unstable_Config, "configPath" | "userConfigPath" | "main"> & {
  /** Relative to the Worker's folder. */
  readonly main?: string;
  /** Whether a build tool's redirect named the file. */
  readonly redirected: boolean;
};
