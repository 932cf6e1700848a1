import type { Rule } from "../rule.ts";

/** Inputs of the providers that are a right to act. */
const TOKENS = ["apiToken", "apiKey", "apiUserServiceKey", "accessToken"];

/** The providers that serve the stack's own resources (`PROVIDER_NAME` in the program). */
const OWN = "worker-secrets";

/**
 * What is an input of a provider is kept in the state, and a later `refresh` or `destroy` uses that one, rotated or not. The
 * stack's own providers have none: the plugins take `CLOUDFLARE_API_TOKEN` and `PULUMI_ACCESS_TOKEN` from the environment.
 * A provider of the program's other resources may take one from secret config, sealed in the state.
 */
export const providerToken: Rule = {
  name: "provider-token-not-in-program",
  description:
    "No provider has a literal token, and the stack's own have none: theirs comes from ESC by the environment.",
  options: {
    allowFromConfig: {
      type: "boolean",
      default: true,
      description:
        "Accept a token that is secret config for providers of other resources; the state keeps it, sealed.",
    },
  },
  applies: (type) => type.startsWith("pulumi:providers:"),
  check({ type, name, inputs }, { secretValues }, { allowFromConfig = true }) {
    return TOKENS.flatMap((key) => {
      const token = inputs[key];
      if (typeof token !== "string" || token === "") return [];
      const fromConfig = secretValues.has(token);
      if (fromConfig && allowFromConfig === true && name !== OWN) return [];
      const provider = `${type.replace("pulumi:providers:", "")} provider ${name}`;
      return [
        `${key} of the ${provider} is ${fromConfig ? "taken from config into the state" : "a literal"}. Leave it out: ` +
          "the plugin reads it from the environment that the stack's ESC Environment sets.",
      ];
    });
  },
};
