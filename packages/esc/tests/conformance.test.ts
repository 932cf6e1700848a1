import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decryptSecrets, encryptSecrets } from "../src/index.ts";
import { caseNames, findReferenceCases, runCase } from "./reference-cases.ts";
import { rot128 } from "./rot128.ts";

/** Cases of the reference that must pass. One that stops passing is a regression. */
const passing = `
  anonymous-environment builtin-combine builtin-concat builtin-concat-errors builtin-errs builtin-final
  builtin-nested-secret builtin-split builtin-split-errors builtin-split-join-roundtrip builtin-toYAML ciphertext
  ciphertext-import ciphertext-invalid ciphertext-show-secrets context-interpolation cycle duplicate-keys empty
  escape-keys import-cycle import-cycle-2 import-invalid import-merge import-merge-2 imports inline-reference
  inline-reference-cycle inline-reference-rotateOnly interp invalid-access invalid-access-load invalid-import
  invalid-join invalid-object-key invalid-open invalid-plaintext literals merge-base merge-replace merge-unknown
  nested-unknowns-secrets omnibus open open-unknown plaintext reserved-keys rotate rotate-paths rotate-state schema
  schema-error secret-objects unicode unterminated-array
`
  .trim()
  .split(/\s+/);

describe("ESC conformance with the reference evaluator", () => {
  const { folder, reason } = findReferenceCases();
  if (folder === undefined) {
    it(`the reference's cases are not at hand: ${reason}`);
    return;
  }
  const names = caseNames(folder);
  for (const name of names.filter((name) => passing.includes(name))) {
    it(name, () => {
      const { actual, expected } = runCase(folder, name);
      assert.deepEqual(actual, expected);
    });
  }
  const open = names.filter((name) => !passing.includes(name));
  it(`${names.length - open.length} of ${names.length} cases are covered, ${open.length} not yet`, () => {
    assert.deepEqual(
      passing.filter((name) => !names.includes(name)),
      [],
      "cases that the reference no longer has",
    );
    for (const name of open) console.log(`      not yet: ${name}`);
  });

  const crypt = join(folder, "..", "crypt");
  for (const file of existsSync(crypt)
    ? readdirSync(crypt).filter((f) => f.endsWith(".plaintext.yaml"))
    : []) {
    it(`secrets in text, to the byte: ${file}`, () => {
      const plain = readFileSync(join(crypt, file), "utf8");
      const stored = readFileSync(join(crypt, file.replace("plaintext", "ciphertext")), "utf8");
      assert.deepEqual(encryptSecrets(plain, file, rot128), { text: stored, diagnostics: [] });
      assert.deepEqual(decryptSecrets(stored, file, rot128), { text: plain, diagnostics: [] });
    });
  }
});
