import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { nearest } from "../src/suggest.ts";

describe("ESC: the nearest name", () => {
  it("is told where at most half of it is mistyped, without case and underscores", () => {
    assert.equal(nearest("API_KYE", ["other", "apiKey"]), "apiKey");
    assert.equal(nearest("abcd", ["wxyz"]), undefined);
  });

  it("is compared by bytes, as the reference does it", () => {
    // Two characters, six bytes: 'r2' differs from it in all of them.
    assert.equal(nearest("日本", ["r2"]), undefined);
    assert.equal(nearest("日本", ["日木"]), "日木");
  });
});
