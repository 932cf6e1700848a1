import assert from "node:assert/strict";
import { decryptSecrets, EnvelopeError, encryptSecrets, unwrap, wrap } from "../src/index.ts";
import { run } from "./harness.ts";
import { rot128 } from "./rot128.ts";

const encrypt = (text: string) => encryptSecrets(text, "p/e", rot128);
const decrypt = (text: string) => decryptSecrets(text, "p/e", rot128);

describe("ESC envelope", () => {
  it("gives back what it was given", () => {
    const bytes = new TextEncoder().encode("hunter2");
    assert.deepEqual(unwrap(wrap(bytes)), bytes);
  });

  it("refuses what is short, altered or of another kind", () => {
    const good = wrap(new Uint8Array(8));
    for (const at of [0, 7, 10, good.length - 1]) {
      const bad = good.with(at, (good[at] ?? 0) ^ 1);
      assert.throws(() => unwrap(bad), EnvelopeError);
    }
    assert.throws(() => unwrap(good.subarray(0, 15)), EnvelopeError);
  });
});

describe("ESC secrets in text", () => {
  it("leaves everything but the secret as it is, to the byte", () => {
    const text =
      "# top\nvalues:\n    a:   1 # one\n    s:\n        fn::secret: hunter2   # why\n    l: [ 'x',  y ]\n";
    const { text: stored, diagnostics } = encrypt(text);
    assert.deepEqual(diagnostics, []);
    assert.equal(
      stored,
      text.replace("fn::secret: hunter2", "fn::secret:\n          ciphertext: ZXNjeAAAAAHo9e705fKyKo30VQ=="),
    );
    assert.equal(decrypt(stored).text, text);
  });

  it("keeps a document without secrets, and stored secrets, untouched", () => {
    const text = "values:   {a: 1}\n";
    assert.equal(encrypt(text).text, text);
    const stored = encrypt("values:\n  s: {fn::secret: hunter2}\n").text;
    assert.equal(encrypt(stored).text, stored);
  });

  const values = [
    "x",
    "",
    "a b",
    "yes",
    "12",
    "null",
    "- a",
    "a: b",
    "#x",
    " lead",
    "trail ",
    "é世",
    "it's",
    '"q"',
  ];
  const lines = [
    "a\nb",
    "a\nb\n",
    "a\n\n",
    "\n",
    "  a\nb",
    "a \nb",
    "tab\there\nx",
    "a\u0007b",
    "-----BEGIN-----\nx\n-----END-----\n",
  ];
  const styles: [string, (value: string) => string][] = [
    ["block", (value) => `values:\n  s:\n    fn::secret: ${value} # c\n  after: 1\n`],
    ["own line", (value) => `values:\n  s:\n    fn::secret:\n      ${value}\n  after: 1\n`],
    ["list", (value) => `values:\n  s:\n    - fn::secret: ${value}\n    - x\n`],
    ["flow", (value) => `values: {s: {fn::secret: ${value}}, after: [1]}\n`],
    ["JSON", (value) => `{"values":{"s":{"fn::secret":${value}},"after":[1]}}`],
  ];
  for (const [style, write] of styles) {
    it(`survives encryption and decryption: ${style}`, () => {
      for (const value of [...values, ...lines].filter((v) => v.length > 3)) {
        const text = write(JSON.stringify(value));
        const stored = encrypt(text);
        assert.deepEqual(stored.diagnostics, []);
        assert.equal(stored.text.includes(JSON.stringify(value)), false);
        const back = decrypt(stored.text);
        assert.deepEqual(back.diagnostics, []);
        for (const version of [stored.text, back.text]) {
          const { environment, diagnostics } = run(version);
          assert.deepEqual(diagnostics, [], version);
          assert.match(JSON.stringify(environment?.properties?.s), /"secret":true/);
          assert.equal(
            JSON.stringify(environment?.properties).includes(JSON.stringify(value)),
            true,
            version,
          );
        }
      }
    });
  }

  it("takes block scalars", () => {
    const { text } = encrypt("values:\n  s:\n    fn::secret: |\n      line 1\n      line 2\n  after: 1\n");
    assert.match(text, /fn::secret:\n {6}ciphertext: \S+\n {2}after: 1\n$/);
    assert.match(decrypt(text).text, /fn::secret: \|\n {6}line 1\n {6}line 2\n {2}after/);
  });

  it("says what is wrong and keeps the text: broken YAML, several documents, broken ciphertext", () => {
    for (const text of ["values: [", "a: {fn::secret: x}\n---\nb: {fn::secret: y}\n"]) {
      const result = encrypt(text);
      assert.equal(result.text, text);
      assert.equal(result.diagnostics.length > 0, true);
    }
    const [fault] = decrypt('values:\n  s: {fn::secret: {ciphertext: "****"}}\n').diagnostics;
    assert.equal(fault?.summary, "invalid ciphertext: illegal base64 data at input byte 0");
    assert.equal(fault?.range?.begin.line, 2);
  });

  it("decrypts only under values", () => {
    const text = "other:\n  s: {fn::secret: {ciphertext: invalid}}\n";
    assert.deepEqual(decrypt(text), { text, diagnostics: [] });
  });
});
