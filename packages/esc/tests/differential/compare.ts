import { deepStrictEqual } from "node:assert/strict";
import { type Diagnostic, type EvaluateResult, evaluate, sortDiagnostics } from "../../src/index.ts";
import { normal } from "../normal-json.ts";
import { rot128 } from "../rot128.ts";
import { loaderFor } from "./loader.ts";
import { comparePatched } from "./patched.ts";
import { worldProviders } from "./providers.ts";
import type { ReferenceAnswer, ReferenceRequest, ReferenceRotation } from "./reference.ts";

/** How a document came out: alike, different (and how), or not comparable (and why). */
export type Outcome =
  | { kind: "alike" }
  | { kind: "different"; how: string }
  | { kind: "skipped"; why: string };

/** Evaluates a request with our evaluator. */
export function evaluateOurs(request: ReferenceRequest): EvaluateResult {
  const { name, text, environments, mode, paths = [] } = request;
  return evaluate({
    name,
    text,
    loader: loaderFor(environments),
    decrypter: rot128,
    mode: mode === "open" || mode === "rotate" ? "open" : "check",
    showSecrets: mode === "show-secrets",
    providers: worldProviders,
    ...(mode === "rotate" && { rotate: [...paths] }),
    context: { pulumi: { user: { id: "USER_123" } } },
  });
}

/** Compares our result with the reference's: values, secretness, unknowns, expressions, schemas and diagnostics. */
export function compare(request: ReferenceRequest, theirs: ReferenceAnswer): Outcome {
  let ours: EvaluateResult;
  try {
    ours = evaluateOurs(request);
  } catch (error) {
    return { kind: "different", how: `ours threw: ${error instanceof Error ? error.stack : error}` };
  }
  if (theirs.panic !== undefined) return { kind: "skipped", why: "the reference crashed" };
  // The reference tied its own values into a knot while it merged, says so, and gives half a result.
  if (theirs.diagnostics.some((d) => d.summary === "internal error: cyclic export"))
    return { kind: "skipped", why: "the reference failed: cyclic export" };
  const [our, their] = [ours.diagnostics, theirs.diagnostics].map(diagnosticsOf);
  if (their?.some(isSyntaxError) || our?.some(isSyntaxError)) {
    // Both must see that it is no YAML. The texts come from two parsers, and ours say where.
    const agree = their?.some(isSyntaxError) && our?.some(isSyntaxError);
    return agree
      ? { kind: "skipped", why: "no YAML" }
      : { kind: "different", how: `only one sees bad YAML: ${JSON.stringify({ our, their })}` };
  }
  try {
    deepStrictEqual(
      {
        diagnostics: our,
        environment: normal(ours.environment),
        rotations: normal(ours.rotations.map(flat)),
      },
      {
        diagnostics: their,
        environment: normal(theirs.environment),
        rotations: normal(theirs.rotations ?? []),
      },
    );
    const how = comparePatched(request, ours, theirs.patched);
    return how === undefined ? { kind: "alike" } : { kind: "different", how };
  } catch (error) {
    return { kind: "different", how: error instanceof Error ? error.message : String(error) };
  }
}

/** A rotation in the form of the Go program. */
function flat({ path, status, error, patch }: EvaluateResult["rotations"][number]): ReferenceRotation {
  return {
    path,
    status,
    ...(error !== undefined && { error }),
    ...(patch && { statePath: patch.path, replacement: patch.replacement }),
  };
}

const isSyntaxError = (diagnostic: Diagnostic) => diagnostic.summary.startsWith("yaml:");

function diagnosticsOf(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  // The order of diagnostics at one position is not said anywhere.
  const key = (d: Diagnostic) => `${d.summary}\0${d.path ?? ""}\0${JSON.stringify(d.range ?? null)}`;
  const sorted = diagnostics.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return sortDiagnostics(sorted).map((diagnostic) => ({
    ...(normal(diagnostic) as Diagnostic),
    summary: withoutParserText(diagnostic.summary),
  }));
}

/** Go's JSON decoder quotes the text, which may be secret; ours does not say more than that it is not valid. */
function withoutParserText(summary: string): string {
  return summary.replace(/^(decoding JSON string: ).*$/s, "$1…");
}
