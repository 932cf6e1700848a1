import {
  type EscEnvironment,
  type EvaluateRequest,
  type EvaluateResult,
  evaluate,
  formatDiagnostic,
  type JsonValue,
  type Loader,
  valueToJson,
} from "../src/index.ts";
import { rot128 } from "./rot128.ts";

/** A loader over texts by name. It counts what it loads. */
export function loaderOf(environments: Record<string, string>): Loader & { loaded: string[] } {
  const loaded: string[] = [];
  return {
    loaded,
    load: ({ text }) => {
      loaded.push(text);
      const found = environments[text];
      if (found === undefined) return { error: `environment "${text}" not found` };
      return { name: text.split("@")[0] ?? text, text: found, decrypter: rot128 };
    },
  };
}

/** Opens (or checks) a document named `p/e`. */
export function run(text: string, options: Partial<EvaluateRequest> = {}): EvaluateResult {
  return evaluate({ name: "p/e", text, loader: loaderOf({}), decrypter: rot128, mode: "open", ...options });
}

/** The plain JSON of an environment's values. */
export function valuesOf(environment: EscEnvironment | undefined, redact = false): JsonValue {
  const origin = { line: 0, column: 0, byte: 0 };
  const trace = { def: { environment: "", begin: origin, end: origin } };
  return valueToJson({ value: environment?.properties ?? {}, trace }, { redact });
}

/** The diagnostics of a result, one line each. */
export function faultsOf(result: { diagnostics: EvaluateResult["diagnostics"] }): string[] {
  return result.diagnostics.map(formatDiagnostic);
}
