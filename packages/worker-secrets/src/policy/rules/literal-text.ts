import { bindingsOf, hasBindings } from "../bindings.ts";
import { secretText } from "../looks-secret.ts";
import { listOption, type Rule } from "../rule.ts";
import { SHORTEST_SECRET } from "./secret-not-plain.ts";

/** Texts of bindings and the code itself: neither is the place where a secret is written down. */
export const literalText: Rule = {
  name: "no-literal-secret",
  description: "No secret is written into the text of a binding or into the Worker's code.",
  options: {
    allow: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Names of bindings whose text only looks like a secret.",
    },
  },
  applies: hasBindings,
  check(resource, { secretValues }, options) {
    const allowed = listOption(options, "allow");
    const faults = bindingsOf(resource).flatMap(({ name, type, text }) => {
      if (type === "secret_text" || text === undefined || allowed.includes(name)) return [];
      const looks = secretText(text);
      if (looks === undefined) return [];
      return [
        `The text of ${name} of ${resource.name} is in clear and looks like ${looks}. Set it in ESC and name it in ` +
          `'secrets.required'; if it is no secret, list it below '${this.name}.allow' in the pack's config.`,
      ];
    });
    const { content } = resource.inputs;
    const inCode =
      typeof content === "string" &&
      [...secretValues].some((secret) => secret.length >= SHORTEST_SECRET && content.includes(secret));
    return inCode
      ? [
          ...faults,
          `The code of ${resource.name} holds a secret value of the stack. Read it from 'env' at run time, and rotate it: ` +
            "it has been uploaded or committed in clear.",
        ]
      : faults;
  },
};
