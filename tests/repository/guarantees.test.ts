import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testsNamedIn, titles, whyMissing } from "./named-tests.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCUMENT = readFileSync(join(ROOT, "docs/guarantees.md"), "utf8");

/** A table's row: the promise, what holds it, the figure. */
interface Row {
  readonly promise: string;
  readonly held: string;
  readonly figure: string;
}

const rows: readonly Row[] = DOCUMENT.split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise |"))
  .map((line) => {
    const [promise = "", held = "", figure = ""] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { promise, held, figure };
  });

describe("the guarantees in docs/guarantees.md", () => {
  it("are there, each with a test and a figure", () => {
    assert.ok(rows.length > 20, `only ${rows.length} rows were read`);
    for (const { promise, held, figure } of rows) {
      assert.notEqual(promise, "");
      assert.ok(
        testsNamedIn(held).some(({ title }) => title !== undefined),
        `no test holds: ${promise}`,
      );
      assert.notEqual(figure, "", `no figure: ${promise}`);
    }
  });

  it("name only tests that there are", () => {
    const missing = rows.flatMap(({ held }) => testsNamedIn(held).flatMap((test) => whyMissing(test) ?? []));
    assert.deepEqual(missing, []);
  });

  it("would not name one that there is not", () => {
    const source =
      'describe("a", () => {\n  it(`${n} of many`, () => {});\n  it(\n    "it\\"s, (b)", () => {})';
    const has = (title: string) => titles(source).some((pattern) => pattern.test(title));
    assert.deepEqual(["a", "3 of many", 'it"s, (b)', "of many", "b"].map(has), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
