import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Diagnostic,
  type EscEnvironment,
  type EscValue,
  type EvaluateResult,
  evaluate,
  type JsonValue,
  type Loader,
  sortDiagnostics,
  valueToJson,
} from "../src/index.ts";
import { normal } from "./normal-json.ts";
import { referenceProviders } from "./reference-providers.ts";
import { rot128 } from "./rot128.ts";

/** The reference evaluator's own cases, in the Go module cache: they are read where they are and never copied. */
export interface ReferenceCases {
  folder: string | undefined;
  /** Why there are no cases, if there are none. */
  reason: string;
}

const modulePath = "github.com/pulumi/pulumi/sdk/v3@v3.259.0/go/common/esc/eval/testdata/eval";

/** Finds the cases: `ESC_REFERENCE_TESTDATA`, else the Go module cache. */
export function findReferenceCases(): ReferenceCases {
  const given = process.env.ESC_REFERENCE_TESTDATA;
  if (given !== undefined) return { folder: given, reason: "" };
  let cache: string;
  try {
    cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8", timeout: 20_000 }).trim();
  } catch {
    return { folder: undefined, reason: "Go is not installed and ESC_REFERENCE_TESTDATA is not set" };
  }
  const folder = join(cache, modulePath);
  if (existsSync(folder)) return { folder, reason: "" };
  return { folder: undefined, reason: `the Go module cache has no ${modulePath}` };
}

/** The names of the cases; `bench` has no expectation. */
export function caseNames(folder: string): string[] {
  return readdirSync(folder).filter(
    (name) => name !== "bench" && existsSync(join(folder, name, "expected.json")),
  );
}

/** What a case expects, and what it got, in one form: JSON without nulls, and with diagnostics as we report them. */
export interface Outcome {
  [part: string]: unknown;
}

/** Runs a case. Returns both outcomes for comparison. */
export function runCase(folder: string, name: string): { actual: Outcome; expected: Outcome } {
  const path = join(folder, name);
  const read = (file: string) => readFileSync(join(path, file), "utf8");
  const options = existsSync(join(path, "overrides.json")) ? JSON.parse(read("overrides.json")) : {};
  const golden = JSON.parse(read("expected.json")) as Golden;
  const environmentName = options.rootEnvironment ?? name;
  const loader: Loader = {
    load: ({ text }) =>
      existsSync(join(path, `${text}.yaml`))
        ? { name: text, text: read(`${text}.yaml`), decrypter: rot128 }
        : { error: `environment ${JSON.stringify(text)} not found` },
  };
  const base = {
    name: environmentName,
    text: read("env.yaml"),
    loader,
    decrypter: rot128,
    providers: referenceProviders,
    context: { pulumi: { user: { id: "USER_123" } } },
  };
  const check = evaluate({ ...base, mode: "check", showSecrets: options.showSecrets ?? false });
  const open = evaluate({ ...base, mode: "open" });
  const actual: Outcome = {
    checkDiags: diagnosticsOf(check),
    check: normal(check.environment),
    checkJson: jsonOf(check.environment, true),
    evalDiags: diagnosticsOf(open),
    eval: normal(open.environment),
    evalJsonRedacted: jsonOf(open.environment, true),
    evalJSONRevealed: jsonOf(open.environment, false),
  };
  const load = golden.loadDiags ?? [];
  const expected: Outcome = {
    checkDiags: goldenDiagnostics([...load, ...(golden.checkDiags ?? [])]),
    check: normal(golden.check),
    checkJson: normal(golden.checkJson),
    evalDiags: goldenDiagnostics([...load, ...(golden.evalDiags ?? [])]),
    eval: normal(golden.eval),
    evalJsonRedacted: normal(golden.evalJsonRedacted),
    evalJSONRevealed: normal(golden.evalJSONRevealed),
  };
  if (options.rotate) {
    const rotate = evaluate({ ...base, mode: "open", rotate: options.rotatePaths ?? [] });
    actual.rotate = normal(rotate.environment);
    actual.rotateDiags = diagnosticsOf(rotate);
    actual.rotatePatches = normal(patchesOf(rotate));
    expected.rotate = normal(golden.rotate);
    expected.rotateDiags = goldenDiagnostics([...load, ...(golden.rotateDiags ?? [])]);
    expected.rotatePatches = normal(golden.rotatePatches ?? []);
  }
  return { actual, expected };
}

interface Golden {
  loadDiags?: HclDiagnostic[];
  checkDiags?: HclDiagnostic[];
  check?: EscEnvironment;
  checkJson?: JsonValue;
  evalDiags?: HclDiagnostic[];
  eval?: EscEnvironment;
  evalJsonRedacted?: JsonValue;
  evalJSONRevealed?: JsonValue;
  rotateDiags?: HclDiagnostic[];
  rotate?: EscEnvironment;
  rotatePatches?: { DocPath: string; Replacement: EscValue }[];
}

interface HclPosition {
  Line: number;
  Column: number;
  Byte: number;
}

interface HclDiagnostic {
  Severity: number;
  Summary: string;
  Subject: { Filename: string; Start: HclPosition; End: HclPosition } | null;
  Path: string;
}

function goldenDiagnostics(diagnostics: HclDiagnostic[]): unknown {
  const position = ({ Line, Column, Byte }: HclPosition) => ({ line: Line, column: Column, byte: Byte });
  const converted = diagnostics.map(
    ({ Severity, Summary, Subject, Path }): Diagnostic => ({
      ...(Subject && {
        range: { environment: Subject.Filename, begin: position(Subject.Start), end: position(Subject.End) },
      }),
      summary: Summary,
      ...(Path !== "" && { path: Path }),
      severity: Severity === 1 ? "error" : "warning",
    }),
  );
  return normal(inOrder(converted));
}

function diagnosticsOf(result: EvaluateResult): unknown {
  return normal(inOrder(result.diagnostics));
}

/** The order of diagnostics at one position is not said anywhere. */
function inOrder(diagnostics: Diagnostic[]): Diagnostic[] {
  return sortDiagnostics(diagnostics.toSorted((a, b) => (a.summary < b.summary ? -1 : 1)));
}

function jsonOf(environment: EscEnvironment | undefined, redact: boolean): unknown {
  if (!environment) return undefined;
  const trace = { def: { environment: "", begin: origin, end: origin } };
  return normal(valueToJson({ value: environment.properties ?? {}, trace }, { redact }));
}

const origin = { line: 0, column: 0, byte: 0 };

function patchesOf(result: EvaluateResult): unknown {
  const patches = result.rotations.flatMap(({ patch }) =>
    patch ? [{ DocPath: patch.path, Replacement: patch.replacement }] : [],
  );
  return patches.toSorted((a, b) => (a.DocPath < b.DocPath ? -1 : 1));
}
