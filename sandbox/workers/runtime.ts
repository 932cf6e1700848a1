import type { Json } from "../store/store.ts";

/** How workerd takes a module. Names are the Worker Loader's own. */
export type ModuleKind = "js" | "cjs" | "py" | "text" | "data" | "json" | "wasm";

export interface RunnableModule {
  readonly name: string;
  readonly kind: ModuleKind;
  readonly bytes: Uint8Array;
}

/** One version of a script, with its secrets in clear: made when workerd asks for it, and not kept. */
export interface RunnableScript {
  readonly mainModule: string;
  readonly modules: readonly RunnableModule[];
  /** Empty when the upload had none: the oldest behaviour, as at Cloudflare. */
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly env: Readonly<Record<string, Json>>;
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
  /** 10021: does not start. 10068: starts, but has nothing that could answer an event. */
  | { readonly ok: false; readonly code: 10021 | 10068; readonly message: string };

export interface LiveVersion {
  readonly id: string;
  /** Share of the traffic, 0.01–100. */
  readonly percentage: number;
  /** Bindings that the sandbox stores but can't run yet, as `NAME (type)`. With any, the Worker answers 501. */
  readonly unserved: readonly string[];
}

/** What the Workers port needs to know about a script. It replaces what was there in one step. */
export interface LiveScript {
  /** Whether the script's workers.dev address answers. */
  readonly enabled: boolean;
  readonly versions: readonly LiveVersion[];
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

export interface WorkersRuntime {
  /** The public address, without a slash at the end. */
  readonly url: string;
  /** Starts the candidate apart from everything that runs. */
  validate(script: RunnableScript): Promise<Validation>;
  /** From the next request on, these versions answer. Requests under way finish where they are. */
  deploy(name: string, script: LiveScript): void;
  remove(name: string): void;
  close(): Promise<void>;
}
