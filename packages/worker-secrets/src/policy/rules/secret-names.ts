import { bindingsOf, hasBindings, isPlain } from "../bindings.ts";
import { secretName } from "../looks-secret.ts";
import { listOption, type Rule } from "../rule.ts";

export const secretNames: Rule = {
  name: "secret-names-are-secrets",
  description: "A variable whose name says that it is a secret is bound as one.",
  options: {
    allow: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Names that only sound like secrets.",
    },
  },
  applies: hasBindings,
  check(resource, _, options) {
    const allowed = listOption(options, "allow");
    return bindingsOf(resource)
      .filter((binding) => isPlain(binding) && secretName(binding.name) && !allowed.includes(binding.name))
      .map(
        ({ name, type }) =>
          `The binding ${name} of ${resource.name} is ${type}, and its name says that it is a secret. Move it from 'vars' to ` +
          `'secrets.required'; if it is none, list it below '${this.name}.allow' in the pack's config.`,
      );
  },
};
