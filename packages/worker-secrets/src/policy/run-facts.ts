import analyzer from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";
import type { Run } from "./rule.ts";
import { SHORTEST_SECRET } from "./rules/secret-not-plain.ts";

let run: Run | undefined;

/** The run that the engine has told of. */
export function currentRun(): Run {
  if (run === undefined)
    throw new Error("the engine did not tell of its stack (ConfigureStack); Pulumi 3.259 and newer do");
  return run;
}

/**
 * Notes what the engine tells of the stack. @pulumi/policy 1.21.0 keeps no more of that than the stack's tags, and these rules
 * need the config with its secrets: so the message is read where gRPC takes it apart, before @pulumi/policy gets it.
 */
export function noteRuns(): void {
  // Of generated code, which no version promises.
  const call: Partial<typeof analyzer.AnalyzerService.configureStack> | undefined =
    analyzer.AnalyzerService?.configureStack;
  const deserialize = call?.requestDeserialize;
  if (call === undefined || deserialize === undefined)
    throw new Error(
      "This version of @pulumi/pulumi has no AnalyzerService.configureStack, from which the rules learn the stack's config. Nothing was checked. Install an earlier version of @pulumi/pulumi, or a newer one of worker-secrets.",
    );
  call.requestDeserialize = (bytes) => {
    const request = deserialize(bytes);
    run = runOf(request);
    return request;
  };
}

export function runOf(request: AnalyzerStackConfigureRequest): Run {
  const config = new Map<string, string>(request.getConfigMap().getEntryList());
  const secret = request.getConfigSecretKeysList();
  return {
    project: request.getProject(),
    stack: request.getStack(),
    config,
    secretValues: secretValues(secret.map((key) => config.get(key) ?? "")),
  };
}

/** The texts in secret config values, which may be JSON: whole trees of them come out of ESC. */
export function secretValues(values: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") found.add(value);
    else if (typeof value === "object" && value !== null)
      for (const own of Object.values(value)) collect(own);
  };
  for (const value of values) collect(parsed(value));
  return new Set([...found].filter((text) => text.length >= SHORTEST_SECRET));
}

function parsed(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
