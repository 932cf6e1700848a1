import { type Decrypter, decryptSecrets, type Encrypter, encryptSecrets } from "@worker-secrets/esc";
import type { PulumiHalf } from "../context.ts";
import { Refusal } from "../errors.ts";
import type { Environment } from "./records.ts";

/** One Environment's key. It goes by the id, so a copy under another name can't open what was sealed for this one. */
export function keyOf({ vault }: PulumiHalf, { id }: Environment): Encrypter & Decrypter {
  const scope = `environment/${id}`;
  return {
    encrypt: (plaintext) => vault.seal(scope, plaintext),
    decrypt: (ciphertext) => vault.open(scope, ciphertext),
  };
}

/** The decrypter of a document that is stored nowhere: no ciphertext can be its own. */
export const noKey: Decrypter = {
  decrypt() {
    throw new Error("only a stored environment can hold ciphertext");
  },
};

export function fullName({ project, name }: Environment): string {
  return `${project}/${name}`;
}

/** The definition as it may be stored: every plaintext secret in ciphertext form. */
export function sealText(context: PulumiHalf, environment: Environment, text: string): string {
  const sealed = encryptSecrets(text, fullName(environment), keyOf(context, environment));
  if (sealed.diagnostics.some(({ severity }) => severity !== "warning")) {
    throw new Refusal(400, "Bad Request: the environment definition is invalid", sealed.diagnostics);
  }
  return sealed.text;
}

/** The definition as its author wrote it. */
export function openText(context: PulumiHalf, environment: Environment, text: string): string {
  const opened = decryptSecrets(text, fullName(environment), keyOf(context, environment));
  if (opened.diagnostics.some(({ severity }) => severity !== "warning")) {
    throw new Refusal(400, "Bad Request: the environment's secrets can't be decrypted", opened.diagnostics);
  }
  return opened.text;
}
