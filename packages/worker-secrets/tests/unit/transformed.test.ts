import assert from "node:assert/strict";
import { differences } from "../../src/program/transformed.ts";

describe("what a transform of the program changed of a Worker", () => {
  const planned = { scriptName: "api-dev", names: ["API_KEY", "CACHE"] };

  it("is nothing where everything of the plan is registered, whatever else is", () => {
    assert.equal(differences(planned, { ...planned, names: ["CACHE", "LEGACY", "API_KEY"] }), undefined);
  });

  it("is named: another script, and bindings that are left out", () => {
    const text = differences(planned, { scriptName: "other", names: ["CACHE"] }) ?? "";
    assert.match(
      text,
      /The Worker 'api-dev' was checked, and is registered under the name 'other' and without API_KEY: a transform/,
    );
    assert.match(differences(planned, { ...planned, names: [] }) ?? "", /registered without API_KEY, CACHE:/);
  });
});
