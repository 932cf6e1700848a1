import type { Provider, Providers, Rotator, Schema } from "@worker-secrets/esc";
import { externalProvider, externalRotator } from "./external.ts";
import { passphraseRotator, passwordRotator } from "./made-secrets.ts";
import type { Outcalls } from "./outcalls.ts";

/**
 * What the service has and the sandbox has not: clouds and vaults that only the real ones can answer for. The names
 * are those of the service's catalogue (https://www.pulumi.com/docs/esc/providers/ and …/providers/rotators/).
 */
const ABSENT_PROVIDERS = new Set(
  (
    "aws-login azure-login doppler-login gcp-login gh-login infisical-login snowflake-login vault-login " +
    "1password-secrets aws-parameter-store aws-secrets azure-secrets doppler-secrets gcp-secrets " +
    "infisical-secrets pulumi-stacks terraform-state vault-secrets"
  ).split(" "),
);
const ABSENT_ROTATORS = new Set("aws-iam azure-app-secret mysql postgres snowflake-user".split(" "));

/**
 * The providers of the sandbox. An absent one of the service's is there for checks, so that its definitions can be
 * kept and edited, and says what it is once it is opened. `calls` is undefined where nothing may be called.
 */
export function createProviders(calls: Outcalls | undefined): Providers {
  return {
    provider: (name) => {
      if (name === "external") return externalProvider(calls);
      return ABSENT_PROVIDERS.has(name) ? absentProvider(name) : undefined;
    },
    rotator: (name) => {
      if (name === "external") return externalRotator(calls);
      if (name === "password") return passwordRotator;
      if (name === "passphrase") return passphraseRotator;
      return ABSENT_ROTATORS.has(name) ? absentRotator(name) : undefined;
    },
  };
}

/** The names of those that work. */
export const PROVIDERS: readonly string[] = ["external"];
export const ROTATORS: readonly string[] = ["external", "passphrase", "password"];

export function absence(what: string, name: string): string {
  return `${what} ${JSON.stringify(name)} is not in the sandbox`;
}

function absentProvider(name: string): Provider {
  const open = () => {
    throw new Error(absence("provider", name));
  };
  return { inputs: true, outputs: true, open };
}

function absentRotator(name: string): Rotator {
  const fail = () => {
    throw new Error(absence("rotator", name));
  };
  // Any state, but an object: the evaluator takes "state or null", and of the two just one may fit.
  const state: Schema = { additionalProperties: true, type: "object" };
  return { inputs: true, state, outputs: true, open: fail, rotate: fail };
}
