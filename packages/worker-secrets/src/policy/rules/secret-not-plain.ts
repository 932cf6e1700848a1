import { bindingsOf, hasBindings, isPlain } from "../bindings.ts";
import type { Rule } from "../rule.ts";

/**
 * By value, and not by the engine's mark of secretness: the Cloudflare plugin marks the text of every binding, the plain ones
 * too, and @pulumi/policy hands over all inputs unmarked. What is secret is what the stack's config has as secret, ESC's values
 * included, and what the same Worker has as `secret_text`.
 */
export const secretNotPlain: Rule = {
  name: "secret-not-plain",
  description:
    "No secret is bound as plain_text or json, where everybody with access to the Worker reads it.",
  applies: hasBindings,
  check(resource, { secretValues }) {
    const bindings = bindingsOf(resource);
    const secrets = new Set(secretValues);
    for (const { type, text } of bindings)
      if (type === "secret_text" && text !== undefined && text.length >= SHORTEST_SECRET) secrets.add(text);
    return bindings.filter(isPlain).flatMap(({ name, type, text }) => {
      const held = text === undefined ? undefined : [...secrets].find((secret) => text.includes(secret));
      if (held === undefined) return [];
      return [
        `The binding ${name} of ${resource.name} is ${type} and holds a secret value. ` +
          `Take it out of 'vars' and name it in 'secrets.required' of the Worker's wrangler file.`,
      ];
    });
  },
};

/** Shorter texts are everyday words and numbers too: equal ones tell nothing. */
export const SHORTEST_SECRET = 8;
