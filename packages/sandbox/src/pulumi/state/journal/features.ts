import type { Resource } from "./resource.ts";

/** A state that needs none of them is version 3, which old CLIs read; one that does is version 4 and names them. */
const PLAIN_VERSION = 3;
const FEATURED_VERSION = 4;

/** Members of a resource that only newer CLIs understand. Source: `stack.ApplyFeatures`, and the names beside it. */
const FEATURES: Readonly<Record<string, string>> = {
  refreshBeforeUpdate: "refreshBeforeUpdate",
  viewOf: "views",
  resourceHooks: "hooks",
  taint: "taint",
  replaceWith: "replaceWith",
  extensionRef: "extensionParameterization",
  snippetID: "snippets-prototype",
};

const EMPTY = new Set(["null", "false", '""', "[]", "{}"]);

export const BYTE_STRINGS = "byteString";

/** The schema version of a state and the features it has to name. */
export function schemaOf(
  resources: readonly Resource[],
  facts: { readonly byteStrings: boolean; readonly snippets: boolean },
): { readonly version: number; readonly features: readonly string[] } {
  const features = new Set<string>();
  for (const resource of resources) {
    for (const [member, feature] of Object.entries(FEATURES)) {
      if (!EMPTY.has(resource.get(member) ?? "null")) features.add(feature);
    }
  }
  if (facts.byteStrings && resources.length > 0) features.add(BYTE_STRINGS);
  if (facts.snippets) features.add("snippets-prototype");
  return { version: features.size === 0 ? PLAIN_VERSION : FEATURED_VERSION, features: [...features].sort() };
}
