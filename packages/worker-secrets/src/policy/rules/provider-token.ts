import type { Rule } from "../rule.ts";

/** Inputs of the providers that are a right to act. */
const TOKENS = ["apiToken", "apiKey", "apiUserServiceKey", "accessToken"];

/**
 * Not even out of config: what is an input of a provider is kept in the state, and a later `refresh` or `destroy` uses that
 * one, rotated or not. The plugins take `CLOUDFLARE_API_TOKEN` and `PULUMI_ACCESS_TOKEN` from the environment.
 */
export const providerToken: Rule = {
  name: "provider-token-not-in-program",
  description:
    "No provider gets its token from the program or from config; it comes from ESC by the environment.",
  options: {
    allowFromConfig: {
      type: "boolean",
      default: false,
      description: "Accept a token that is secret config, kept in the state as it then is.",
    },
  },
  applies: (type) => type.startsWith("pulumi:providers:"),
  check({ type, name, inputs }, { secretValues }, { allowFromConfig = false }) {
    return TOKENS.flatMap((key) => {
      const token = inputs[key];
      if (typeof token !== "string" || token === "") return [];
      const fromConfig = secretValues.has(token);
      if (fromConfig && allowFromConfig === true) return [];
      const provider = `${type.replace("pulumi:providers:", "")} provider ${name}`;
      return [
        `${key} of the ${provider} is ${fromConfig ? "taken from config into the state" : "a literal"}. Leave it out: ` +
          "the plugin reads it from the environment that the stack's ESC Environment sets.",
      ];
    });
  },
};
