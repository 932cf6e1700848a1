import assert from "node:assert/strict";
import { parse as parseDotenv } from "dotenv";
import * as fc from "fast-check";
import { knownNames } from "../../src/cli/project/values/known-names.ts";
import { parseValues } from "../../src/cli/project/values/parse-values.ts";
import type { Fault } from "../../src/faults.ts";

const KNOWN = { ...knownNames([], ["web"]), names: new Set(["A", "B"]) };

function read(text: string, raw = false) {
  const faults: Fault[] = [];
  const given = parseValues({ text, source: "standard input", known: KNOWN, raw }, faults);
  return { given, faults, values: given.map(({ name, value }) => [name, value]) };
}

describe("values on standard input", () => {
  const taken: readonly [title: string, text: string, values: readonly (readonly [string, string])[]][] = [
    ["double quotes are not the value's", 'A="quoted value"\n', [["A", "quoted value"]]],
    [
      "nor are single ones and backticks",
      "A='a#b'\nB=`c`\n",
      [
        ["A", "a#b"],
        ["B", "c"],
      ],
    ],
    [
      "a value without quotes",
      "A=plain\r\nB=x=y==\n",
      [
        ["A", "plain"],
        ["B", "x=y=="],
      ],
    ],
    ["a comment behind quotes, and lines of their own", '# one\n\nA="x" # two\n', [["A", "x"]]],
    [
      "an escaped line end in double quotes alone",
      "A=\"x\\ny\"\nB='x\\ny'\n",
      [
        ["A", "x\ny"],
        ["B", "x\\ny"],
      ],
    ],
    [
      "several lines in quotes",
      'A="-----BEGIN\nxy+/==\n-----END"\nB=z',
      [
        ["A", "-----BEGIN\nxy+/==\n-----END"],
        ["B", "z"],
      ],
    ],
    [
      "export before the name, and a Worker's own",
      "export A=x\nweb.B=y\n",
      [
        ["A", "x"],
        ["B", "y"],
      ],
    ],
    ["a space around the value is not the value's", "A = x \n", [["A", "x"]]],
    [
      "an empty value",
      "A=\nB=''\n",
      [
        ["A", ""],
        ["B", ""],
      ],
    ],
  ];
  for (const [title, text, values] of taken)
    it(`take as dotenv does: ${title}`, () => {
      const found = read(text);
      assert.deepEqual(found.faults, []);
      assert.deepEqual(found.values, values);
    });

  const refused: readonly [title: string, text: string, faults: readonly string[]][] = [
    [
      "a comment behind an unquoted value",
      "A=secret #1\n",
      ["line 1: the value of 'A' is not in quotes and ends at a '#', which begins a comment"],
    ],
    [
      "a '#' within one",
      "A=sec#ret\n",
      ["line 1: the value of 'A' is not in quotes and ends at a '#', which begins a comment"],
    ],
    [
      "a '#' instead of one",
      "A=#secret\nB= # x\n",
      [
        "line 1: the value of 'A' is not in quotes and ends at a '#', which begins a comment",
        "line 2: the value of 'B' is not in quotes and ends at a '#', which begins a comment",
      ],
    ],
    [
      "a quote that nothing ends",
      'A="secret\nB=\'x" y\n',
      [
        "line 1: the value of 'A' begins with a quote that does not end it, and would be stored with that quote",
        "line 2: the value of 'B' begins with a quote that does not end it, and would be stored with that quote",
      ],
    ],
    [
      "lines that are no assignment",
      "A=x\nsecret/+\nand more\n",
      ["lines 2 to 3: that is no NAME=VALUE; where it goes on with the value above, that value would be cut"],
    ],
    ["a name twice", "A=x\nB=y\nA=z\n", ["line 3: 'A' stands there a second time; the first is line 1"]],
    [
      "everything at once",
      'A=a #b\nsecret\nB="c\nA=d\n',
      [
        "line 2: that is no NAME=VALUE; where it goes on with the value above, that value would be cut",
        "line 1: the value of 'A' is not in quotes and ends at a '#', which begins a comment",
        "line 3: the value of 'B' begins with a quote that does not end it, and would be stored with that quote",
        "line 4: 'A' stands there a second time; the first is line 1",
      ],
    ],
  ];
  for (const [title, text, said] of refused)
    it(`refuse ${title}, without the value`, () => {
      const { faults } = read(text);
      assert.deepEqual(
        faults.map(({ where, what }) => `${where}: ${what}`),
        said.map((one) => `standard input, ${one}`),
      );
      assert.doesNotMatch(JSON.stringify(faults), /secret|and more/);
    });

  it("take every line as it stands with --raw", () => {
    const { values, faults } = read('# no value\nA="quoted" #1\nB= \'x \n', true);
    assert.deepEqual(faults, []);
    assert.deepEqual(values, [
      ["A", '"quoted" #1'],
      ["B", " 'x "],
    ]);
  });

  it("are what dotenv reads, or refused", () => {
    const part = fc.constantFrom(
      "A",
      "B",
      "=",
      " ",
      "\n",
      "\r\n",
      "'",
      '"',
      "`",
      "#",
      "\\",
      "\\n",
      "x",
      "=y",
      ": ",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        const text = `A=${parts.join("")}`;
        const { given, faults } = read(text);
        if (
          faults.length > 0 ||
          given.some(({ name, value }) => value === undefined || !KNOWN.names.has(name))
        )
          return;
        const read16 = parseDotenv(text);
        assert.deepEqual(Object.fromEntries(given.map(({ name, value }) => [name, value])), read16);
        // Nothing of the text is lost without a word but quotes, spaces, comments behind quotes, and the line ends' form.
        for (const { name, line } of given.map((one) => ({ ...one, line: Number(one.at?.slice(5)) - 1 }))) {
          const written = text.replace(/\r\n?/g, "\n").split("\n")[line] ?? "";
          if (!/['"`]/.test(written)) assert.ok(!written.includes("#"), `${name}: ${JSON.stringify(text)}`);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
