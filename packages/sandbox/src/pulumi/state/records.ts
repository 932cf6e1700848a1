import { table } from "../../store/store.ts";

export interface StackConfig {
  readonly environment: string;
  readonly secretsProvider?: string | undefined;
  readonly encryptedKey?: string | undefined;
  readonly encryptionSalt?: string | undefined;
}

/** One stack. Whatever else belongs to it is kept under its `id`, so a rename moves this record alone. */
export interface Stack {
  readonly id: string;
  readonly organization: string;
  readonly project: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly config?: StackConfig;
  /** The number of the last update; 0 before the first. */
  readonly version: number;
  /** The newest version that has a state of its own. */
  readonly stateVersion: number;
  /** The last update that was started, running or ended; dry runs are not counted. */
  readonly lastUpdate?: string;
  readonly lastUpdated?: number;
  readonly resourceCount?: number;
}

export type UpdateStatus = "not-started" | "running" | "succeeded" | "failed" | "cancelled";

/** The right to write a stack's state, until `expires` (milliseconds). The token itself is known to its holder only. */
export interface Lease {
  readonly tokenDigest: string;
  readonly expires: number;
}

/** One operation on a stack. Times are milliseconds. */
export interface Update {
  readonly id: string;
  readonly kind: string;
  readonly dryRun: boolean;
  readonly status: UpdateStatus;
  readonly created: number;
  readonly started?: number;
  readonly ended?: number;
  /** Given at the start; a dry run has none. */
  readonly version?: number;
  readonly lease?: Lease;
  readonly resourceChanges?: Readonly<Record<string, number>>;
  readonly resourceCount?: number;
  /** The highest sequence number among the verbatim checkpoints taken. */
  readonly sequence?: number;
  /** The state is kept as a journal while the update runs; `engine` is the CLI's version, empty when it is unknown. */
  readonly journal?: { readonly engine: string };
  /** Message, environment and config: sealed, since the config may hold values of an Environment. */
  readonly sealedFacts: string;
}

export interface UpdateFacts {
  readonly message: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** [organization, project, stack] */
export const stacks = table<Stack>("stacks");
/** [stack id, update id] */
export const updates = table<Update>("updates");
/** [stack id, time of creation, update id]: the updates without a version, dry runs or never started ones. */
export const unversioned = table<string>("unversioned-updates");
/** [stack id, version]: which update made it. */
export const history = table<string>("history");
/** [stack id, version]: the raw JSON text of an untyped deployment, as it is exported. */
export const states = table<string>("states");
/** [stack id, update id, sequence]: the raw JSON text of one journal entry, until the update ends. */
export const journals = table<string>("journals");
/** [stack id, update id, sequence]: one engine event, sealed, for diagnostics may quote a program's output. */
export const events = table<string>("events");
