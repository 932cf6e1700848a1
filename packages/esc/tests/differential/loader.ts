import type { Loader } from "../../src/index.ts";
import { rot128 } from "../rot128.ts";

/** The loader of our Go program, in TypeScript: every name as written is an environment of its own. */
export function loaderFor(environments: Readonly<Record<string, string>>): Loader {
  return {
    load: ({ text }) => {
      const found = Object.hasOwn(environments, text) ? environments[text] : undefined;
      if (found === undefined) return { error: `environment ${JSON.stringify(text)} not found` };
      return { name: text, text: found, decrypter: rot128 };
    },
  };
}
