import { type Decrypter, unwrap, wrap } from "@worker-secrets/esc";
import * as v from "valibot";
import { json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest } from "../errors.ts";
import { body } from "../input.ts";
import { E, findEnvironment } from "./find.ts";
import { keyOf } from "./seal.ts";

/** A ciphertext as a definition holds it, opened; a refusal says which one in the list can't be, and no more. */
function open(key: Decrypter, ciphertext: string, index: number): string {
  try {
    return new TextDecoder().decode(key.decrypt(unwrap(Buffer.from(ciphertext, "base64"))));
  } catch {
    throw badRequest(`ciphertexts[${index}] is not a secret of this environment`);
  }
}

/** Secrets outside of a definition, in the form in which a definition stores them. */
export const singleSecretRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: `${E}/encrypt-secrets`,
    operation: "EncryptEnvironmentSecrets",
    handle: async (request, context) => {
      const { plaintexts } = await body(request, v.object({ plaintexts: v.array(v.string()) }));
      const key = keyOf(context, findEnvironment(request, context));
      const ciphertexts = plaintexts.map((plaintext) =>
        Buffer.from(wrap(key.encrypt(new TextEncoder().encode(plaintext)))).toString("base64"),
      );
      return json(200, { ciphertexts });
    },
  },
  {
    method: "POST",
    path: `${E}/decrypt-secrets`,
    operation: "DecryptEnvironmentSecrets",
    handle: async (request, context) => {
      const { ciphertexts } = await body(request, v.object({ ciphertexts: v.array(v.string()) }));
      const key = keyOf(context, findEnvironment(request, context));
      return json(200, {
        plaintexts: ciphertexts.map((ciphertext, index) => open(key, ciphertext, index)),
      });
    },
  },
];
