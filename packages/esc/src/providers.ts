import type { Schema } from "./schema/schema.ts";
import type { EscValue } from "./wire.ts";

/** Which environment a provider is called for. */
export interface ProviderContext {
  readonly rootEnvironment: string;
  readonly currentEnvironment: string;
  readonly values: Readonly<Record<string, EscValue>>;
}

/** The properties of an evaluated object. */
export type ProviderInputs = Record<string, EscValue>;

/** A source of values outside of the environment: what `fn::open::NAME` calls. Faults are thrown as errors. */
export interface Provider {
  readonly inputs: Schema;
  readonly outputs: Schema;
  open(inputs: ProviderInputs, context: ProviderContext): EscValue;
}

/** A provider that can renew what it holds: what `fn::rotate::NAME` calls. `state` is undefined before the first time. */
export interface Rotator {
  readonly inputs: Schema;
  readonly state: Schema;
  readonly outputs: Schema;
  open(inputs: ProviderInputs, state: ProviderInputs | undefined, context: ProviderContext): EscValue;
  rotate(inputs: ProviderInputs, state: ProviderInputs | undefined, context: ProviderContext): EscValue;
}

/** Finds providers and rotators by name. */
export interface Providers {
  provider(name: string): Provider | undefined;
  rotator(name: string): Rotator | undefined;
}

/** No providers at all. */
export const noProviders: Providers = { provider: () => undefined, rotator: () => undefined };

/** The outcome of one call of a rotator. */
export interface Rotation {
  /** The path of the call in the document. */
  path: string;
  status: "succeeded" | "failed" | "not-evaluated";
  error?: string;
  /** The new state, and where in the document it belongs. */
  patch?: { path: string; replacement: EscValue };
}
