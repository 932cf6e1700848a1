import * as v from "valibot";

/** Shapes that several bodies share. */
export const tagsSchema = v.record(v.string(), v.string());

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
