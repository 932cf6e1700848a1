import type { Identity } from "../store/identity.ts";
import { type Json, type Store, table } from "../store/store.ts";
import type { Vault } from "../store/vault.ts";
import type { AssetsConfig, ModuleKind, NamedHandlers, WorkersRuntime } from "../workers/runtime.ts";
import type { SentMigrations } from "./scripts/migrations.ts";

export interface CloudflareContext {
  readonly store: Store;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly workers: WorkersRuntime;
  readonly now: () => Date;
  readonly workersUrl: () => string;
  /** Told of faults of the sandbox itself, whose details clients don't get. */
  readonly report?: (error: unknown) => void;
}

/** A Worker. `id` is what the newer API calls its id and the older one its tag. */
export interface ScriptRecord {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly createdOn: string;
  readonly modifiedOn: string;
  readonly lastDeployedFrom: string;
  readonly subdomain: { readonly enabled: boolean; readonly previewsEnabled: boolean };
  readonly settings: ScriptSettings;
  /** What its Previews begin with, without its secrets. The newer API's alone: an upload leaves it as it is. */
  readonly previewsBaseConfig?: Json;
  /** The tag of the newest Durable Object migration that was applied. */
  readonly migrationTag?: string;
  readonly versionCount: number;
  readonly deploymentCount: number;
}

/** What belongs to the script rather than to a version. Absent ones were never sent, and are not answered either. */
export interface ScriptSettings {
  readonly logpush: boolean;
  readonly tags: readonly string[];
  /** As the scripts' API has them. */
  readonly tailConsumers: readonly Json[];
  readonly observability?: Json;
}

/** By account and name. */
export const scripts = table<ScriptRecord>("cloudflare.scripts");

export interface StoredBinding {
  readonly name: string;
  readonly type: string;
  /** What may be answered. */
  readonly fields: Readonly<Record<string, Json>>;
  /** What may not: the secret fields as JSON, sealed for the script. */
  readonly sealed?: string;
}

export interface VersionRecord {
  readonly id: string;
  readonly number: number;
  readonly createdOn: string;
  readonly source: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The hash of the code, which is also what `CodeRecord`s are found by. */
  readonly etag: string;
  /** Empty for a Worker that is static files alone. */
  readonly mainModule: string;
  readonly bindings: readonly StoredBinding[];
  /** An empty list was sent to the newer API, rather than none: it is answered as it was sent. */
  readonly emptyBindings?: true;
  /** As sent: an empty one is answered as an empty one, a missing one not at all. */
  readonly compatibilityDate?: string;
  readonly compatibilityFlags: readonly string[];
  readonly usageModel: string;
  readonly limits?: Json;
  readonly placement?: Json;
  readonly cacheOptions?: Json;
  readonly containers?: Json;
  readonly exports?: Readonly<Record<string, { readonly [key: string]: Json }>>;
  readonly packageDependencies?: Json;
  readonly assets?: StoredAssets;
  readonly migration?: VersionMigration;
  /** At which migration the script was when the version was first deployed. Nothing: it never was. */
  readonly migrationTag?: string;
  readonly handlers: readonly string[];
  readonly namedHandlers: readonly NamedHandlers[];
  readonly startupTimeMs: number;
}

/** What a version does to the script's Durable Object classes, when it is first deployed. */
export interface VersionMigration {
  /** As it was sent, and is answered. */
  readonly sent: SentMigrations;
  /** The version that it was uploaded with. Versions that are made from that one before it is deployed share it. */
  readonly origin: string;
  /** The ids of the namespaces that it makes, by class: bindings name them from the upload on. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly applied: boolean;
}

/** A version's static files. Their bytes are kept by hash, once for the whole account. */
export interface StoredAssets {
  /** By path from the root, with a leading slash. `size` in bytes. */
  readonly files: Readonly<Record<string, { readonly hash: string; readonly size: number }>>;
  readonly config: AssetsConfig;
}

/** By account, the script's id and the version's number. */
export const versions = table<VersionRecord>("cloudflare.versions");

export interface StoredModule {
  readonly name: string;
  readonly contentType: string;
  /** `undefined` for what is kept but not run, such as source maps. */
  readonly kind?: ModuleKind;
  readonly base64: string;
}

export interface CodeRecord {
  readonly modules: readonly StoredModule[];
}

/** By account, the script's id and the etag: versions that differ in their secrets only share one. */
export const codes = table<CodeRecord>("cloudflare.code");

export interface DeploymentRecord {
  readonly id: string;
  readonly createdOn: string;
  readonly source: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** In the order they were sent. */
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[];
}

/** By account, the script's id and the deployment's number. */
export const deployments = table<DeploymentRecord>("cloudflare.deployments");
