import type { Json } from "../store/store.ts";
import type { RuntimeAssets, RuntimeBinding } from "./bindings.ts";
import type { DataAccess } from "./data.ts";
import type { Tails } from "./tails/tails.ts";

/** How workerd takes a module. Names are the Worker Loader's own. */
export type ModuleKind = "js" | "cjs" | "py" | "text" | "data" | "json" | "wasm";

export interface RunnableModule {
  readonly name: string;
  readonly kind: ModuleKind;
  readonly bytes: Uint8Array;
}

export type { AssetFile, AssetsConfig, RuntimeAssets, RuntimeBinding } from "./bindings.ts";
export type { DataAccess, KvAccess, QueueAccess, R2Access, R2Entry } from "./data.ts";

/** A Durable Object class that the script's migrations brought about. */
export interface DurableObjectClass {
  readonly className: string;
  /** `false`: the older key-value storage (`new_classes` rather than `new_sqlite_classes`). */
  readonly sqlite: boolean;
  /**
   * What its objects' data is kept under. It stays as long as the namespace does: through new versions, and through
   * `renamed_classes` and `transferred_classes`.
   */
  readonly namespaceId: string;
}

/** One version of a script, with its secrets in clear: made when workerd asks for it, and not kept. */
export interface RunnableScript {
  readonly mainModule: string;
  readonly modules: readonly RunnableModule[];
  /** Empty when the upload had none: the oldest behaviour, as at Cloudflare. */
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** The bindings that are plain values: text, secrets, JSON, the version's metadata. */
  readonly env: Readonly<Record<string, Json>>;
  /** All other bindings. With any, with Durable Objects or with assets, the version runs among the bound Workers. */
  readonly bindings: readonly RuntimeBinding[];
  /** The script's classes after this version's migrations; other scripts reach them by `scriptName`. */
  readonly durableObjects: readonly DurableObjectClass[];
  /** Static files that are served before, or instead of, the code. */
  readonly assets?: RuntimeAssets;
}

export interface NamedHandlers {
  readonly name: string;
  readonly handlers: readonly string[];
}

export type Validation =
  | {
      readonly ok: true;
      readonly handlers: readonly string[];
      readonly namedHandlers: readonly NamedHandlers[];
      readonly startupTimeMs: number;
    }
  /**
   * 10021: does not start. 10068: starts, but has nothing that could answer an event. 10064: lacks the class of
   * Durable Objects that are there.
   */
  | { readonly ok: false; readonly code: 10021 | 10064 | 10068; readonly message: string };

export interface LiveVersion {
  readonly id: string;
  /** Share of the traffic, 0.01–100. */
  readonly percentage: number;
  /** As its validation found them. */
  readonly handlers: readonly string[];
  readonly namedHandlers: readonly NamedHandlers[];
}

/** What the Workers port needs to know about a script. It replaces what was there in one step. */
export interface LiveScript {
  /** Whether the script's workers.dev address answers. */
  readonly enabled: boolean;
  readonly versions: readonly LiveVersion[];
  /** Host names of custom domains: the script answers all their requests. */
  readonly domains: readonly string[];
  /** Route patterns as the API keeps them, such as `example.com/shop/*` or `*.example.com/*`. */
  readonly routes: readonly string[];
  /** Cron expressions, as the API keeps them. */
  readonly crons: readonly string[];
  /** Called when workerd first needs a version, and again after workerd was restarted. */
  readonly load: (versionId: string) => RunnableScript;
}

export interface WorkerLog {
  readonly level: string;
  readonly message: string;
  readonly timestamp: number;
  /** Known for uncaught exceptions; workerd does not say which Worker wrote a console line. */
  readonly script?: string;
}

/** A queue's push consumer. Absent figures: Cloudflare's own defaults. */
export interface QueueConsumer {
  readonly queueName: string;
  readonly script: string;
  /** 1–100, default 10. */
  readonly maxBatchSize?: number;
  /** Seconds, 0–60, default 5. */
  readonly maxBatchTimeout?: number;
  /** Default 3. */
  readonly maxRetries?: number;
  /** Seconds. */
  readonly retryDelay?: number;
  readonly deadLetterQueue?: string;
}

/** What came of calling a Worker's `scheduled` handler. */
export type CronOutcome =
  | { readonly outcome: "ok"; readonly noRetry: boolean }
  /** The Worker threw, or was ended. Its text is in the log, if anywhere: workerd does not hand it on. */
  | { readonly outcome: "exception"; readonly noRetry: boolean }
  | { readonly outcome: "no-handler" }
  /** No such script, or none of its versions is deployed. */
  | { readonly outcome: "not-deployed" };

export interface WorkersRuntime {
  /** The public address, without a slash at the end. */
  readonly url: string;
  /** Starts the candidate apart from everything that runs. */
  validate(script: RunnableScript): Promise<Validation>;
  /** From the next request on, these versions answer. Requests under way finish where they are. */
  deploy(name: string, script: LiveScript): void;
  remove(name: string): void;
  /** Route patterns that no Worker answers, though a wider one would: a route without a script. */
  bypass(patterns: readonly string[]): void;
  /** Replaces all queue consumers. */
  consumers(list: readonly QueueConsumer[]): void;
  /**
   * Calls `scheduled` of the script's live version with this expression (default: its first cron, or none at all)
   * and time (default: now).
   */
  fireCron(script: string, cron?: string, at?: Date): Promise<CronOutcome>;
  /** Live tails: of a script's next invocations. */
  readonly tails: Pick<Tails, "open" | "of" | "end">;
  /** The same data that Workers find behind their bindings. workerd is started when it is first used. */
  readonly data: DataAccess;
  close(): Promise<void>;
}
