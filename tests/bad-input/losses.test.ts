import assert from "node:assert/strict";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { isRefused } from "../../packages/worker-secrets/src/program/protection/losses.ts";
import { lossFault } from "../../packages/worker-secrets/src/program/protection/words.ts";
import { lossRows } from "./loss-rows.ts";

describe("what production must not lose, in words", () => {
  for (const { title, loss, text } of lossRows) {
    it(title, async () => {
      assert.ok(await isRefused(loss, async () => true));
      const { where, what, fix } = lossFault(loss, {
        stack: "prod",
        names: environmentNames("shop", "prod"),
      });
      assert.equal(`${where}: ${what}\n${fix}`, text);
    });
  }
});
