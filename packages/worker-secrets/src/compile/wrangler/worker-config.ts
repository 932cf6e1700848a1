import type { JSONPath } from "jsonc-parser";
import type { Fault } from "../../faults.ts";
import type { Json } from "../jsonc.ts";
import type { Wrangler } from "../run/find-wrangler.ts";
import type { ConfigBinding } from "./bindings.ts";
import type { NotInherited } from "./not-inherited.ts";
import type { QueueConsumer, Route } from "./triggers.ts";

/**
 * A Worker as its wrangler file describes it, the chosen `env` block applied by wrangler's own rules (inheritable keys
 * come down from the top level, the others do not). Total: whatever the file says is in here, or was refused by name.
 */
export interface WorkerConfig {
  /** The file's `name`, without the stack and without an `env` block. */
  readonly name: string;
  /** Absolute path of the folder that holds the wrangler file. */
  readonly directory: string;
  /** The wrangler file as messages show it, relative to the project's folder. */
  readonly file: string;
  /** Absolute path of that file where the Worker's entry names it; `undefined` where wrangler finds it in the folder. */
  readonly configFile: string | undefined;
  /** Whether a build tool generated that file, and `wrangler deploy` takes it for the folder's own. */
  readonly redirected: boolean;
  /** The `env` block that was applied; `undefined` for the top level. */
  readonly environment: string | undefined;
  /** The name that the `env` block itself gives, as the script is called then; `undefined` where it gives none. */
  readonly environmentName: string | undefined;
  /** The wrangler that reads this file and compiles the Worker. */
  readonly wrangler: Wrangler;
  /** Whether a command of the file makes what is compiled or uploaded (`build.command`). */
  readonly hasBuild: boolean;
  /** `tsconfig`, absolute. */
  readonly tsconfig: string | undefined;
  /** `account_id`: has to be the account that the stack deploys to. */
  readonly accountId: string | undefined;
  /** Absolute path of the entry module; `undefined` for a Worker of static assets alone. */
  readonly main: string | undefined;
  /** `YYYY-MM-DD`. */
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** `vars`: bound in clear, as text or as JSON. */
  readonly vars: Readonly<Record<string, Json>>;
  /** `secrets.required`: the declared names. */
  readonly requiredSecrets: readonly string[];
  /** Every other binding, in a fixed order of types and then that of the file. */
  readonly bindings: readonly ConfigBinding[];
  /** Durable Object migrations, oldest first. */
  readonly migrations: readonly Migration[];
  readonly queueConsumers: readonly QueueConsumer[];
  /** `triggers.crons`; `undefined` when the file does not say: then what is there is left alone. */
  readonly crons: readonly string[] | undefined;
  /** `route`/`routes`: route patterns and custom domains. */
  readonly routes: readonly Route[];
  /** Whether the workers.dev URL is on. Default as wrangler's: true, but false when there are routes. */
  readonly workersDev: boolean;
  /** Whether versions have preview URLs. Default as the API's, to which wrangler leaves it: where the workers.dev URL is on. */
  readonly previewUrls: boolean;
  readonly assets: Assets | undefined;
  readonly observability: Observability | undefined;
  readonly limits: { readonly cpuMs?: number; readonly subrequests?: number } | undefined;
  readonly placement: Placement | undefined;
  readonly logpush: boolean | undefined;
  readonly cache: { readonly enabled: boolean; readonly crossVersionCache?: boolean } | undefined;
  readonly tailConsumers: readonly { readonly service: string; readonly environment?: string }[];
  /**
   * `upload_source_maps`. Default false, unlike wrangler's: a map shows the source to whoever may read the script, and the provider keeps
   * it in the state as one more file of the Worker.
   */
  readonly sourceMaps: boolean;
  /** The file's `env` blocks by name, each with the name that wrangler gives its script. */
  readonly blocks: ReadonlyMap<string, string>;
  /** What the top level declares and the applied block lacks, since wrangler does not inherit it. */
  readonly notInherited: readonly NotInherited[];
  /** What is wrong with keys that this environment does not take: it stops the stacks that take them. */
  readonly otherBlocks: readonly Fault[];
  /** What wrangler warns of, unknown keys among it. */
  readonly warnings: readonly Fault[];
  /**
   * `path:line:column` of a key, by its path without the `env` block (`["vars", "X"]`): the place in the applied block
   * where that has the key. A path that begins with `"env"` is taken as it is.
   */
  whereIs(path: JSONPath): string;
}

/** One step of a Durable Object's history; the API applies those after the tag that the script has. */
export interface Migration {
  readonly tag: string;
  readonly newClasses: readonly string[];
  readonly newSqliteClasses: readonly string[];
  readonly renamedClasses: readonly { readonly from: string; readonly to: string }[];
  readonly transferredClasses: readonly {
    readonly from: string;
    readonly fromScript: string;
    readonly to: string;
  }[];
  readonly deletedClasses: readonly string[];
}

/** Static assets. The binding to them, if any, is among `bindings` (`type: "assets"`). */
export interface Assets {
  /** Absolute path of the folder to upload. */
  readonly directory: string;
  readonly htmlHandling?: string;
  readonly notFoundHandling?: string;
  readonly runWorkerFirst?: boolean | readonly string[];
  readonly basePath?: string;
}

export interface Observability {
  readonly enabled: boolean;
  readonly headSamplingRate?: number;
  readonly issues?: { readonly enabled?: boolean };
  readonly logs?: {
    readonly enabled: boolean;
    readonly invocationLogs: boolean;
    readonly headSamplingRate?: number;
    readonly persist?: boolean;
    readonly destinations?: readonly string[];
  };
  readonly traces?: {
    readonly enabled?: boolean;
    readonly headSamplingRate?: number;
    readonly persist?: boolean;
    readonly destinations?: readonly string[];
  };
}

/** `off` is no placement at all: the provider knows no such mode, and an upload that does not name one has none. */
export type Placement =
  | { readonly mode: "smart" }
  | {
      readonly mode: "targeted";
      readonly region?: string;
      readonly host?: string;
      readonly hostname?: string;
    };
