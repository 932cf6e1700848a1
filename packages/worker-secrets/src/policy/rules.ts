import type { Rule } from "./rule.ts";
import { environmentDefinition } from "./rules/environment-definition.ts";
import { literalText } from "./rules/literal-text.ts";
import { pinnedValues } from "./rules/pinned-values.ts";
import { privateAssets } from "./rules/private-assets.ts";
import { production } from "./rules/production.ts";
import { providerToken } from "./rules/provider-token.ts";
import { secretNames } from "./rules/secret-names.ts";
import { secretNotPlain } from "./rules/secret-not-plain.ts";
import { tokenLifetime } from "./rules/token-lifetime.ts";

/** All of the pack's policies. */
export const rules: readonly Rule[] = [
  secretNotPlain,
  literalText,
  privateAssets,
  secretNames,
  environmentDefinition,
  providerToken,
  production,
  pinnedValues,
  tokenLifetime,
];
