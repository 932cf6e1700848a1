import * as v from "valibot";

/** Shapes that several bodies share. */
export const tagsSchema = v.record(v.string(), v.string());

/** The tags that the CLI sets by itself. Source: the contract's list of a tag's names. */
const BUILT_IN = new Set(
  ["project", "runtime", "description", "template"]
    .map((name) => `pulumi:${name}`)
    .concat(["owner", "repo", "kind", "root"].map((name) => `vcs:${name}`)),
);
export const PROJECT_TAG = "pulumi:project";

export function isBuiltIn(tag: string): boolean {
  return BUILT_IN.has(tag);
}

/** `null` stands for absent: Go clients print nil pointers so. */
const optionalText = v.pipe(
  v.nullish(v.string()),
  v.transform((text) => text ?? undefined),
);

export const stackConfigSchema = v.object({
  environment: v.string(),
  secretsProvider: optionalText,
  encryptedKey: optionalText,
  encryptionSalt: optionalText,
});
