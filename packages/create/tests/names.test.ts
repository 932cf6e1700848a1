import assert from "node:assert/strict";
import { scriptNameFault } from "../../worker-secrets/src/program/names.ts";
import { projectNameFault, workerName } from "../src/names.ts";

describe("names of new projects", () => {
  for (const name of ["shop", "Shop2", "corner.shop", "corner_shop", "a", "s".repeat(52)])
    it(`${name} will do, and gives a Worker that has a workers.dev address`, () => {
      assert.equal(projectNameFault(name), undefined);
      assert.equal(scriptNameFault(`${workerName(name)}-production`), undefined);
    });

  for (const [name, said] of [
    ["", /empty/],
    ["my shop", /letters, digits/],
    ["läden", /letters, digits/],
    ["-shop", /begin and end/],
    ["shop.", /begin and end/],
    ["..", /begin and end/],
    ["s".repeat(53), /53 characters; 52/],
  ] as const)
    it(`'${name}' is refused`, () => assert.match(projectNameFault(name) ?? "", said));
});
