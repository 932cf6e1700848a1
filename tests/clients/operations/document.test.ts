import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GAPS, OPERATIONS, ROWS } from "./rows.ts";

const FILE = join(import.meta.dirname, "../../../docs/guards.md");
const [BEGIN, END] = ["<!-- of the tests' table: begin -->", "<!-- end -->"];

/** The table of rows.ts, as it stands in the document. */
function table(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line([
      "guard",
      ...OPERATIONS.map((operation) => (operation === "a transform" ? operation : `\`${operation}\``)),
    ]),
    line(["---", ...OPERATIONS.map(() => "---")]),
    ...ROWS.map(({ guard, cells, gap }) =>
      line([
        guard,
        ...OPERATIONS.map((operation) =>
          cells[operation] === "gap" ? `[gap](#gap-${gap})` : cells[operation],
        ),
      ]),
    ),
    "",
    ...Object.entries(GAPS).map(([name, sentence]) => `- <a id="gap-${name}"></a>${sentence}`),
  ].join("\n");
}

describe("docs/guards.md", () => {
  it("has the table that the tests run (UPDATE_DOCUMENTS=1 writes it)", () => {
    const text = readFileSync(FILE, "utf8");
    const [before = "", rest = ""] = text.split(BEGIN);
    const after = rest.slice(rest.indexOf(END));
    const written = `${before}${BEGIN}\n\n${table()}\n\n${after}`;
    if (process.env.UPDATE_DOCUMENTS === "1") writeFileSync(FILE, written);
    else assert.equal(text, written);
  });

  it("has a sentence for every gap", () => {
    for (const { guard, cells, gap } of ROWS)
      assert.equal(Object.values(cells).includes("gap"), gap !== undefined, guard);
    const named = new Set(ROWS.flatMap(({ gap }) => gap ?? []));
    assert.deepEqual([...named].sort(), Object.keys(GAPS).sort());
  });
});
