import assert from "node:assert/strict";
import { wrap } from "../src/index.ts";
import { bytesOfText, textOfBytes } from "../src/text-bytes.ts";
import { worldProviders } from "./differential/providers.ts";
import { faultsOf, run, valuesOf } from "./harness.ts";
import { rot128 } from "./rot128.ts";

const loose = '  a: {fn::fromBase64: "/w=="}\n';
const opened = (lines: string) => valuesOf(run(`values:\n${lines}`).environment);

describe("ESC text that is no text", () => {
  it("keeps the bytes of fn::fromBase64 within the evaluation, and shows U+FFFD for each", () => {
    const values = opened(
      `${loose}  back: {fn::toBase64: "x\${a}y"}\n  json: {fn::toJSON: "\${a}"}\n  yaml: {fn::toYAML: "\${a}"}\n` +
        `  quoted: {fn::toString: ["\${a}"]}\n  split: {fn::split: ["", "é\${a}"]}\n  shown: "x\${a}y"\n`,
    );
    assert.deepEqual(values, {
      a: "\ufffd",
      back: "eP95",
      json: '"\\ufffd"',
      quoted: '"\\xff"',
      shown: "x\ufffdy",
      split: ["é", "\ufffd"],
      yaml: "!!binary /w==\n",
    });
  });

  it("writes many such bytes as YAML does, in lines", () => {
    const { yaml } = opened(`  yaml: {fn::toYAML: {fn::fromBase64: "/w=="}}\n`) as { yaml: string };
    assert.equal(yaml, "!!binary /w==\n");
    const bytes = Buffer.alloc(60, 0xff).toString("base64");
    const long = opened(`  yaml: {fn::toYAML: {fn::fromBase64: "${bytes}"}}\n`) as { yaml: string };
    assert.equal(long.yaml, `!!binary |\n    ${bytes.slice(0, 70)}\n    ${bytes.slice(70)}\n`);
  });

  it("makes a character of bytes that come together", () => {
    const parts = '  l: {fn::fromBase64: "ww=="}\n  r: {fn::fromBase64: "qQ=="}\n';
    const values = opened(`${parts}  i: "\${l}\${r}"\n  j: {fn::join: ["", ["\${l}", "\${r}"]]}\n`);
    assert.deepEqual(values, { i: "é", j: "é", l: "\ufffd", r: "\ufffd" });
  });

  it("keeps the bytes of a stored secret", () => {
    const stored = Buffer.from(wrap(rot128.encrypt(Uint8Array.of(0xff, 0x61, 0x61, 0x61)))).toString(
      "base64",
    );
    const values = opened(`  s: {fn::secret: {ciphertext: "${stored}"}}\n  b: {fn::toBase64: "\${s}"}\n`);
    assert.deepEqual(values, { b: "/2FhYQ==", s: "\ufffdaaa" });
  });

  it("reads bytes strictly and gives them back", () => {
    for (const hex of ["c0af", "eda080", "f4908080", "e282", "ff61c3a9", "f09f9880", "f09f98", "80"]) {
      const bytes = Buffer.from(hex, "hex");
      assert.equal(Buffer.from(bytesOfText(textOfBytes(bytes))).toString("hex"), hex);
    }
    assert.equal(textOfBytes(Buffer.from("eda080", "hex")), "\udced\udca0\udc80");
  });

  it("refuses halves of surrogate pairs in YAML, in the reference's words, and pairs of them, too", () => {
    for (const half of ["\\ud800", "\\udc00", "\\ud83d\\ude00"])
      assert.deepEqual(faultsOf(run(`values:\n  a: "x${half}"\n`)), [
        "error: yaml: line 2: found invalid Unicode character escape code",
      ]);
    assert.deepEqual(faultsOf(run('values:\n  a: "x\\\\ud800"\n')), []);
  });

  it("replaces halves of surrogate pairs in JSON", () => {
    const values = opened(
      `  a: {fn::fromJSON: '{"k\\ud800": ["\\ud800", "\\ud83d\\ude00"]}'}\n  b: {fn::toBase64: "\${a["k\ufffd"][0]}"}\n`.replace(
        '"${a["k\ufffd"][0]}"',
        "'${a[\"k\ufffd\"][0]}'",
      ),
    );
    assert.deepEqual(values, { a: { "k\ufffd": ["\ufffd", "😀"] }, b: "77+9" });
  });
});

describe("ESC rotators that take any state", () => {
  it("fit null twice, which the reference refuses, and an object once", () => {
    const rotate = (state: string) =>
      faultsOf(
        run(`values:\n  x: {fn::rotate::anything: {inputs: {a: 1}${state}}}\n`, {
          providers: worldProviders,
          rotate: [],
        }),
      );
    assert.deepEqual(rotate(""), ["error: exactly one subschema may match"]);
    assert.deepEqual(rotate(", state: {a: 1}"), []);
  });
});
