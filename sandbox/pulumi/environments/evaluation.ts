import {
  anonymousEnvironment,
  type Decrypter,
  type Diagnostic,
  type EscEnvironment,
  evaluate,
  hasErrors,
} from "../../../esc/index.ts";
import type { PulumiHalf } from "../context.ts";
import { Refusal } from "../errors.ts";
import { createLoader } from "./loader.ts";
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
}

export interface Evaluation {
  readonly environment: EscEnvironment;
  /** Warnings only: errors are refused. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Evaluates as the service does; errors of the definition are a 400 that lists them all. */
export function evaluated(
  context: PulumiHalf,
  definition: Definition,
  options: EvaluationOptions,
): Evaluation {
  const { user, organization } = { user: context.identity.user, organization: definition.organization };
  const { environment, diagnostics } = evaluate({
    name: definition.name,
    text: definition.text,
    loader: createLoader(context, organization),
    decrypter: definition.decrypter,
    mode: options.mode,
    showSecrets: options.showSecrets ?? false,
    overrides: { ...options.overrides },
    context: { pulumi: { user: { id: user, login: user }, organization: { login: organization } } },
  });
  if (hasErrors(diagnostics)) {
    throw new Refusal(400, `Bad Request: environment '${definition.name}' is invalid`, diagnostics);
  }
  return { environment: environment ?? {}, diagnostics };
}
