import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import { WrongKey } from "../../store/vault.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest } from "../errors.ts";
import { body } from "../input.ts";
import { findStack } from "./find.ts";
import { stackScope } from "./rows.ts";

/** Go prints an empty or nil byte slice as "" or null. */
const base64 = v.nullish(
  v.pipe(
    v.string(),
    v.check((text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text), "base64"),
  ),
  "",
);
const many = v.nullish(v.array(base64), []);

/** The two halves of one stack's key. */
function stackKey(request: ApiRequest, context: PulumiHalf) {
  const scope = stackScope(findStack(request, context));
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return {
    encrypt: (plain: string) => text(context.vault.seal(scope, Buffer.from(plain, "base64"))),
    decrypt: (cipher: string) => {
      try {
        return text(context.vault.open(scope, Buffer.from(cipher, "base64")));
      } catch (error) {
        if (!(error instanceof WrongKey)) throw error;
        throw badRequest("the ciphertext was not made for this stack, or by another sandbox's key");
      }
    },
  };
}

const S = "/api/stacks/:org/:project/:stack";

/** Audit only; the sandbox keeps no audit log. */
function logged(request: ApiRequest, context: PulumiHalf): Response {
  findStack(request, context);
  return empty();
}

export const secretRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: `${S}/encrypt`,
    operation: "EncryptValue",
    handle: async (request, context) => {
      const { plaintext } = await body(request, v.object({ plaintext: base64 }));
      return json(200, { ciphertext: stackKey(request, context).encrypt(plaintext) });
    },
  },
  {
    method: "POST",
    path: `${S}/decrypt`,
    operation: "DecryptValue",
    handle: async (request, context) => {
      const { ciphertext } = await body(request, v.object({ ciphertext: base64 }));
      return json(200, { plaintext: stackKey(request, context).decrypt(ciphertext) });
    },
  },
  {
    method: "POST",
    path: `${S}/batch-encrypt`,
    operation: "BatchEncryptValue",
    handle: async (request, context) => {
      const { plaintexts } = await body(request, v.object({ plaintexts: many }));
      const key = stackKey(request, context);
      return json(200, { ciphertexts: plaintexts.map(key.encrypt) });
    },
  },
  {
    // Keyed by ciphertext. The CLI panics when one it sent is not in the reply.
    method: "POST",
    path: `${S}/batch-decrypt`,
    operation: "BatchDecryptValue",
    handle: async (request, context) => {
      const { ciphertexts } = await body(request, v.object({ ciphertexts: many }));
      const key = stackKey(request, context);
      return json(200, {
        plaintexts: Object.fromEntries(ciphertexts.map((cipher) => [cipher, key.decrypt(cipher)])),
      });
    },
  },
  { method: "POST", path: `${S}/decrypt/log-decryption`, operation: "LogDecryption", handle: logged },
  {
    method: "POST",
    path: `${S}/decrypt/log-batch-decryption`,
    operation: "LogBatchDecryption",
    handle: logged,
  },
];
