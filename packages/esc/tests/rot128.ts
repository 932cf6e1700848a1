import type { Decrypter, Encrypter } from "../src/index.ts";

/** The cipher of the reference's tests: adds 128 to each byte. */
export const rot128: Encrypter & Decrypter = {
  encrypt: (bytes) => bytes.map((byte) => byte + 128),
  decrypt: (bytes) => bytes.map((byte) => byte + 128),
};
