import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Properties, secret, UNKNOWN } from "../src/providers/properties.ts";
import { serveConfigured } from "./providers-harness.ts";
import { CODE, inputs, SCRIPT, state } from "./providers-workers-script-fixtures.ts";

describe("stand-in for cloudflare: WorkersScript, check and diff", () => {
  const { provider } = serveConfigured("cloudflare");

  it("finds no change in what it made, and names the paths of a change", async () => {
    assert.equal((await provider.diff(SCRIPT, state, inputs, inputs)).changed, false);
    const bindings = [
      ...inputs.bindings.slice(0, 2),
      { name: "TOP_SECRET", type: "secret_text", text: "next" },
    ];
    assert.deepEqual(await provider.diff(SCRIPT, state, inputs, { ...inputs, bindings }), {
      changed: true,
      replaces: [],
      detailed: { "bindings[2].text": "UPDATE" },
    });
    const fewer = { ...inputs, bindings: inputs.bindings.slice(0, 2) };
    assert.deepEqual((await provider.diff(SCRIPT, state, inputs, fewer)).detailed, {
      "bindings[2]": "DELETE",
    });
    const other = { ...inputs, bindings };
    assert.equal((await provider.diff(SCRIPT, state, inputs, other, ["bindings"])).changed, false);
  });

  it("compares sets without their order, and takes an unset compatibility date for an empty one", async () => {
    const flags = { ...state, compatibilityFlags: ["b", "a"] };
    const given = { ...inputs, compatibilityFlags: ["a", "b"] };
    assert.equal((await provider.diff(SCRIPT, flags, given, given)).changed, false);
    const { compatibilityDate: _, ...unset } = inputs;
    const { detailed } = await provider.diff(SCRIPT, state, inputs, unset);
    assert.deepEqual(detailed, { compatibilityDate: "UPDATE" });
  });

  it("replaces on another account or name", async () => {
    const { replaces, detailed } = await provider.diff(SCRIPT, state, inputs, {
      ...inputs,
      scriptName: "v",
    });
    assert.deepEqual(replaces, ["scriptName"]);
    assert.deepEqual(detailed, { scriptName: "UPDATE_REPLACE" });
  });

  it("marks every sensitive input secret, a plain_text too", async () => {
    const checked = await provider.check(SCRIPT, inputs);
    assert.deepEqual(checked.failures, []);
    assert.deepEqual(checked.inputs.bindings, [
      { name: "MODE", type: "plain_text", text: secret("dev") },
      { name: "LIMITS", type: "json", json: '{"a":1}' },
      { name: "TOP_SECRET", type: "secret_text", text: secret("s3cr3t") },
    ]);
    const unknown = { ...inputs, bindings: [{ name: "A", type: "secret_text", text: UNKNOWN }] };
    assert.deepEqual((await provider.check(SCRIPT, unknown)).failures, []);
  });

  it("finds what is wrong before any call, and no more than the real one", async () => {
    const failuresOf = async (changes: Record<string, unknown>) => {
      const changed = { ...inputs, ...changes } as Properties;
      return (await provider.check(SCRIPT, changed)).failures.join("\n");
    };
    assert.match(await failuresOf({ content: null }), /At least one of .*content/);
    assert.match(
      await failuresOf({ contentFile: "w.js" }),
      /"content_file" cannot be specified when "content"/,
    );
    assert.match(await failuresOf({ contentSha256: "0" }), /SHA-256 Hash Mismatch/);
    assert.match(
      await failuresOf({
        content: UNKNOWN,
        contentSha256: createHash("sha256").update(CODE).digest("hex"),
      }),
      /SHA-256 Hash Mismatch/,
    );
    assert.match(
      await failuresOf({ bindings: [{ name: "A", type: "secret" }] }),
      /bindings\[0\].type: .*got: "secret"/,
    );
    assert.match(await failuresOf({ force: true }), /'force' of WorkersScript is not in the stand-in/);
    const twice = [
      { name: "A", type: "secret_text" },
      { name: "A", type: "secret_text" },
    ];
    assert.equal(await failuresOf({ bindings: twice }), "");
  });
});
