import assert from "node:assert/strict";
import { rows as wranglerRows } from "../../packages/worker-secrets/tests/compile/wrangler-fault-rows.ts";
import { cloudflareRows, pulumiRows } from "./api-rows.ts";
import { commandVariableRows, givenRows, otherRows, usageRows } from "./command-rows.ts";
import { configRows, variableRows } from "./config-rows.ts";
import { environmentRows } from "./environment-rows.ts";
import { lossRows } from "./loss-rows.ts";
import { programRows } from "./program-rows.ts";
import { CANARY } from "./row.ts";

const commandRows = [...usageRows, ...givenRows, ...commandVariableRows, ...otherRows];

/** What the table promises as a whole; each row is run by the test file of its area. */
const AREAS = {
  config: [...configRows, ...programRows, ...lossRows],
  "Environment documents": environmentRows,
  "wrangler files": wranglerRows,
  "API requests": [...cloudflareRows, ...pulumiRows],
  "command lines": commandRows,
  variables: variableRows,
};

describe("the table of bad input", () => {
  const counts = Object.entries(AREAS).map(([area, rows]) => [area, rows.length] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);

  it(`has ${total} rows: ${counts.map(([area, count]) => `${count} ${area}`).join(", ")}`, () => {
    assert.ok(total >= 150, `${total} rows`);
    for (const [area, count] of counts) assert.ok(count >= 10, `${count} rows of ${area}`);
  });

  it("has every text in it, and no secret in any text", () => {
    for (const [area, rows] of Object.entries(AREAS)) {
      for (const row of rows) {
        const texts = "says" in row ? row.says.flat().map(String) : [row.text];
        assert.ok(texts.length > 0 && texts.every((text) => text.trim() !== ""), `${area}: ${row.title}`);
        assert.ok(!texts.some((text) => text.includes(CANARY)), `${area}: ${row.title} tells a secret`);
      }
    }
  });

  it("says no thing twice", () => {
    for (const rows of [
      configRows,
      environmentRows,
      cloudflareRows,
      pulumiRows,
      wranglerRows,
      variableRows,
      programRows,
      lossRows,
      commandRows,
    ]) {
      const titles = rows.map(({ title }) => title);
      assert.equal(new Set(titles).size, titles.length);
    }
  });
});
