import assert from "node:assert/strict";
import { plainOutputs } from "../../src/cli/engine/automation-stack.ts";

const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:abc",
};
const state = (outputs?: unknown) => ({
  resources: [
    { type: "pulumi:pulumi:Stack", urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", outputs },
    { type: "pulumi:index:Stash", outputs: { output: SECRET } },
  ],
});

describe("a stack's outputs, read from its state", () => {
  it("are those of the stack itself, none where it has none", () => {
    assert.deepEqual(plainOutputs(state({ workers: { api: { url: "https://a" } } })), {
      workers: { api: { url: "https://a" } },
    });
    assert.deepEqual(plainOutputs(state()), {});
    assert.deepEqual(plainOutputs({}), {});
  });

  it("are left to the engine where any of them is a secret, however deep", () => {
    assert.equal(plainOutputs(state({ key: SECRET })), undefined);
    assert.equal(plainOutputs(state({ url: "https://a", list: [{ key: SECRET }] })), undefined);
  });
});
