import { NAMESPACE } from "../../program/config-keys.ts";
import { LOOSE_PIN } from "../../program/definition.ts";
import type { Rule } from "../rule.ts";
import { isEnvironment } from "./environment-definition.ts";

/** What a revision holds can't be seen here: the program reads it, and says what it found in the definition's text. */
export const pinnedValues: Rule = {
  name: "pinned-values-are-held",
  description: "What a stack pins holds still: no import without a revision in it, and no dynamic value.",
  applies: isEnvironment,
  check({ name, inputs }, { stack }) {
    if (typeof inputs.yaml !== "string") return [];
    return inputs.yaml
      .split("\n")
      .filter((line) => line.startsWith(LOOSE_PIN))
      .map(
        (line) =>
          `The Environment ${name} pins its values, and ${line.slice(LOOSE_PIN.length)}: a change there arrives without a review. ` +
          `Give each import a revision and store dynamic values as texts, then pin the new revision in Pulumi.${stack}.yaml (${NAMESPACE}:secretsRevision).`,
      );
  },
};
