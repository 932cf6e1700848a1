import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { jsonToValue } from "../../esc/src/index.ts";
import { writeState } from "../src/pulumi/environments/state-patch.ts";

const replacement = {
  ...jsonToValue(null),
  value: { current: { ...jsonToValue({ a: "\u2028'\"" }), secret: true as const } },
};
const json = '"{\\"a\\":\\"\\u2028\'\\\\\\"\\"}"';
const path = 'values.a["fn::rotate::external"].state';
const block = (indent: string) =>
  `${indent}current:\n${indent}  fn::fromJSON:\n${indent}    fn::secret: ${json}\n`;

describe("sandbox, Pulumi half: writing rotated state into a definition", () => {
  for (const [layout, text, expected] of [
    [
      "after a block scalar, with comments",
      "values:\n  a:\n    fn::rotate::external:\n      # x\n      inputs:\n        url: |\n          u\n\n  b: 2 # y\n",
      `values:\n  a:\n    fn::rotate::external:\n      # x\n      inputs:\n        url: |\n          u\n      state:\n${block("        ")}\n  b: 2 # y\n`,
    ],
    [
      "in place of an old one, between comments",
      "values:\n  a:\n    fn::rotate::external:\n      state: # s\n          # t\n          current: {old: 1}\n      # u\n      inputs: {url: u}\n",
      `values:\n  a:\n    fn::rotate::external:\n      state: # s\n          # t\n${block("          ")}      # u\n      inputs: {url: u}\n`,
    ],
    [
      "in a document without a last line break",
      "values:\n  a:\n    fn::rotate::external:\n      inputs: {url: u}",
      `values:\n  a:\n    fn::rotate::external:\n      inputs: {url: u}\n      state:\n${block("        ").trimEnd()}`,
    ],
    [
      "in flow style, in place of null",
      "values: {a: {fn::rotate::external: {state: null, inputs: {url: u}}}, b: [1,2]} # z\n",
      `values: {a: {fn::rotate::external: {state: {"current":{"fn::fromJSON":{"fn::secret":${json}}}}, inputs: {url: u}}}, b: [1,2]} # z\n`,
    ],
  ] as const) {
    it(layout, () => assert.equal(writeState(text, { path, replacement }), expected));
  }

  it("where there is a key and no value", () => {
    const text = "values:\n  a:\n    fn::rotate::external:\n      inputs: {url: u} # x\n      state:\n";
    const written = writeState(text, { path, replacement });
    assert.match(written, /inputs: \{ ?url: u ?\} # x\n {6}state:/);
    assert.match(written, /fn::secret/);
  });

  it("keeps what is a text, a number or a list as such", () => {
    const text = "values:\n  a:\n    fn::rotate: {}\n";
    const value = { ...jsonToValue({ t: "1", n: 1, l: [true, "x"] }) };
    const secret = { ...jsonToValue("s"), secret: true as const };
    const mixed = { ...value, value: { ...(value.value as object), secret } };
    const written = writeState(text, { path: 'values.a["fn::rotate"].state', replacement: mixed });
    assert.match(written, /"?t"?: "1"/);
    assert.match(written, /"?fn::secret"?: "?s/);
  });
});
