import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testsNamedIn, whyMissing } from "./named-tests.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../SECURITY.md"), "utf8");
const HEAD = ["asset", "attacker", "protection", "test", "what remains"];

/** The cells of the threat model's rows; a `|` within code stands as `\\|`. */
function threats(document: string): string[][] {
  const section = document.split(/^## /m).find((part) => part.startsWith("Threat model\n")) ?? "";
  const [head, , ...rows] = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  assert.deepEqual(head, HEAD);
  return rows;
}

/** What is wrong with a row. */
function faultsOf(row: readonly string[]): string[] {
  if (row.length !== HEAD.length || row.some((cell) => cell === ""))
    return [`a cell is missing: ${row.join(" | ")}`];
  const [asset = "", attacker = "", , tested = "", remains = ""] = row;
  const named = testsNamedIn(tested);
  return [
    ...named.flatMap((test) => whyMissing(test) ?? []),
    ...(named.length === 0 ? [`${asset}, ${attacker}: no test`] : []),
    // A path that the pattern above does not take for one would go unread.
    ...[...tested.matchAll(/`([^`]+\.ts)`/g)]
      .filter(([, path]) => named.every(({ file }) => file !== path))
      .map(([, path]) => `${path} is no path from the repository's root`),
    ...(/^[–-]?$/.test(remains) ? [`${asset}, ${attacker}: something always remains`] : []),
  ];
}

describe("the threat model in SECURITY.md", () => {
  it("names for each threat a test that there is, and what remains", () => {
    const rows = threats(DOCUMENT);
    assert.ok(rows.length > 15, `only ${rows.length} rows were read`);
    assert.deepEqual(rows.flatMap(faultsOf), []);
  });

  it("would not name one that there is not", () => {
    const good = ["a", "b", "c", "`tests/repository/threat-model.test.ts`", "d"];
    assert.deepEqual(faultsOf(good), []);
    for (const [tested, says] of [
      ["`tests/repository`", /is no test file/],
      ["`tests/repository/none.test.ts`", /is not there/],
      ["`none.test.ts`", /no path from the repository's root/],
      ['`tests/repository/threat-model.test.ts`: "nothing"', /has no test "nothing"/],
      ["by reading", /a, b: no test/],
    ] as const)
      assert.match(faultsOf(good.with(3, tested)).join(), says);
    assert.match(faultsOf(good.with(4, "–")).join(), /something always remains/);
    assert.match(faultsOf(good.slice(1)).join(), /a cell is missing/);
  });
});
