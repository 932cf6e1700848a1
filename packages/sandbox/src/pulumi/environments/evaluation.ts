import {
  anonymousEnvironment,
  type Decrypter,
  type Diagnostic,
  type EscEnvironment,
  type EvaluateResult,
  evaluate,
  hasErrors,
} from "@worker-secrets/esc";
import type { ApiRequest } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { Refusal } from "../errors.ts";
import { createCaller } from "./adapter.ts";
import { createLoader } from "./loader.ts";
import { Outcalls } from "./outcalls.ts";
import { createProviders } from "./providers.ts";
import type { Environment } from "./records.ts";
import { fullName, keyOf, noKey } from "./seal.ts";

/** A definition with what is needed to evaluate it. */
export interface Definition {
  readonly organization: string;
  readonly name: string;
  readonly text: string;
  readonly decrypter: Decrypter;
}

export function anonymous(owner: string, text: string): Definition {
  return { organization: owner, name: anonymousEnvironment, text, decrypter: noKey };
}

export function stored(context: PulumiHalf, environment: Environment, text: string): Definition {
  const { organization } = environment;
  return { organization, name: fullName(environment), text, decrypter: keyOf(context, environment) };
}

export interface EvaluationOptions {
  readonly mode: "check" | "open";
  readonly showSecrets?: boolean;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly rotate?: string[];
}

export interface Evaluation {
  readonly environment: EscEnvironment;
  /** Warnings only: errors are refused. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks as the service does, calling nothing; errors of the definition are a 400 that lists them all. */
export function evaluated(
  context: PulumiHalf,
  definition: Definition,
  options: EvaluationOptions & { mode: "check" },
): Evaluation {
  return accepted(definition, run(context, definition, options, undefined));
}

/** Opens as the service does: adapters are called. */
export async function opened(
  request: ApiRequest,
  context: PulumiHalf,
  definition: Definition,
  options: Omit<EvaluationOptions, "mode">,
): Promise<Evaluation> {
  return accepted(definition, await settled(request, context, definition, { ...options, mode: "open" }));
}

/** Opens and renews the secrets at these paths, or all. Faults are for the caller to judge: each secret has its own. */
export function rotated(
  request: ApiRequest,
  context: PulumiHalf,
  definition: Definition,
  rotate: string[],
): Promise<EvaluateResult> {
  return settled(request, context, definition, { mode: "open", rotate });
}

function settled(
  request: ApiRequest,
  context: PulumiHalf,
  definition: Definition,
  options: EvaluationOptions,
): Promise<EvaluateResult> {
  const calls = new Outcalls();
  const issuer = new URL(request.raw.url).origin;
  const caller = createCaller((claims) => context.tokens.sign(issuer, definition.organization, claims));
  return calls.settle(() => run(context, definition, options, calls), caller);
}

function run(
  context: PulumiHalf,
  definition: Definition,
  options: EvaluationOptions,
  calls: Outcalls | undefined,
): EvaluateResult {
  const { user, organization } = { user: context.identity.user, organization: definition.organization };
  return evaluate({
    name: definition.name,
    text: definition.text,
    loader: createLoader(context, organization),
    decrypter: definition.decrypter,
    mode: options.mode,
    showSecrets: options.showSecrets ?? false,
    overrides: { ...options.overrides },
    context: { pulumi: { user: { id: user, login: user }, organization: { login: organization } } },
    providers: createProviders(calls),
    ...(options.rotate && { rotate: options.rotate }),
  });
}

function accepted({ name }: Definition, { environment, diagnostics }: EvaluateResult): Evaluation {
  if (hasErrors(diagnostics)) {
    throw new Refusal(400, `Bad Request: environment '${name}' is invalid`, diagnostics);
  }
  return { environment: environment ?? {}, diagnostics };
}
