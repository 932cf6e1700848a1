import type { Unstable_Config } from "wrangler";

/** wrangler's own config of one environment: its defaults filled in, the block's name in `name`. */
export type NormalisedConfig = Omit<Unstable_Config, "configPath" | "userConfigPath" | "main"> & {
  /** Relative to the Worker's folder. */
  readonly main?: string;
  /** Whether a build tool's redirect named the file. */
  readonly redirected: boolean;
};

/** What wrangler makes of a file for one environment: its own config, or an error in prose. Its warnings, printed for a terminal. */
export type EnvironmentReading = { readonly warnings: readonly string[] } & (
  | { readonly config: NormalisedConfig; readonly error?: never }
  | { readonly error: string; readonly config?: never }
);

/** What wrangler makes of a file. */
export interface Reading {
  /** By the `env` block; the top level by an empty name. */
  readonly environments: Readonly<Record<string, EnvironmentReading>>;
  /** Keys of this wrangler's schema that the table does not have. */
  readonly newer: readonly string[];
}
