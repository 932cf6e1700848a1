import type { Environment } from "./place.ts";
import type { Properties } from "./properties.ts";

/** What the engine asks of one resource type. Values come and go as the plugin's own protocol has them: see `Provider`. */
export interface Resource {
  check(request: CheckRequest): CheckResult;
  diff(request: DiffRequest): Difference;
  create(request: CreateRequest): Promise<Stored>;
  /** Undefined: it is gone. */
  read(request: ReadRequest): Promise<(Stored & { readonly inputs: Properties }) | undefined>;
  update(request: UpdateRequest): Promise<{ readonly state: Properties }>;
  delete(request: DeleteRequest): Promise<void>;
}

export interface CheckRequest {
  readonly inputs: Properties;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

export interface DiffRequest {
  readonly state: Properties;
  readonly oldInputs: Properties;
  readonly inputs: Properties;
  readonly ignoreChanges: readonly string[];
}

export type ChangeKind = "add" | "delete" | "update";

export interface Difference {
  readonly changed: boolean;
  /** Property paths, `bindings[0].text`, as the engine shows them. */
  readonly changes: ReadonlyMap<string, { readonly kind: ChangeKind; readonly replace: boolean }>;
  readonly deleteBeforeReplace: boolean;
}

export interface CreateRequest {
  readonly inputs: Properties;
  readonly preview: boolean;
}

export interface Stored {
  readonly id: string;
  readonly state: Properties;
}

export interface ReadRequest {
  readonly id: string;
  /** Empty when the resource is imported or looked up. */
  readonly state: Properties;
  readonly inputs: Properties;
}

export interface UpdateRequest {
  readonly id: string;
  readonly state: Properties;
  readonly oldInputs: Properties;
  readonly inputs: Properties;
  readonly preview: boolean;
}

export interface DeleteRequest {
  readonly id: string;
  readonly state: Properties;
  readonly oldInputs: Properties;
}

/** The resource types of a provider that are in the stand-in, each loaded when it is asked for. */
export type ResourceTypes = Readonly<Record<string, () => Promise<Resource>>>;

/** One plugin: how it is configured, and the resource types of it that are in the stand-in. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  /**
   * As the real plugin answers Configure. True: secrets come marked and are marked in what goes back. False: they come plain and
   * the engine copies the marks of the inputs to the outputs.
   */
  readonly acceptsSecrets: boolean;
  checkConfig(inputs: Properties, environment: Environment): Properties;
  /** Throws when it cannot work like that. */
  configure(inputs: Properties, environment: Environment, signal: AbortSignal): ResourceTypes;
}
