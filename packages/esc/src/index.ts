/** The ESC language: reads environment definitions, evaluates them, and encrypts the secrets in their text. */

export { anonymousEnvironment } from "./context.ts";
export {
  type Diagnostic,
  formatDiagnostic,
  hasErrors,
  type Severity,
  sortDiagnostics,
} from "./diagnostics.ts";
export { EnvelopeError, unwrap, wrap } from "./envelope.ts";
export { type EvaluateRequest, type EvaluateResult, evaluate } from "./evaluate.ts";
export { jsonToValue, valueText, valueToJson } from "./json-values.ts";
export {
  type Decrypter,
  type Encrypter,
  type EnvironmentRef,
  type LoadedEnvironment,
  type Loader,
  parseReference,
} from "./loading.ts";
export { type ExactNumber, isExactNumber } from "./numbers.ts";
export { joinIndex, joinKey, parsePath } from "./paths.ts";
export type { Provider, ProviderContext, ProviderInputs, Providers, Rotation, Rotator } from "./providers.ts";
export type { Position, Range } from "./ranges.ts";
export { type EnvironmentParts, environmentParts, lookup } from "./result.ts";
export type { Schema, SchemaConstant, SchemaObject } from "./schema/schema.ts";
export { decryptSecrets, encryptSecrets, type RewriteResult } from "./secrets.ts";
export type {
  EscAccessor,
  EscBuiltin,
  EscEnvironment,
  EscExpr,
  EscInterpolation,
  EscPropertyAccessor,
  EscTrace,
  EscValue,
  EscValueContent,
  JsonValue,
} from "./wire.ts";
export { placeOf } from "./yaml-faults.ts";
