import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { parse as parseDotenv } from "dotenv";
import * as fc from "fast-check";
import { StackFile } from "../../src/cli/project/stack-file.ts";
import { linesShown } from "../../src/cli/project/values/dev-vars.ts";
import { scanDotenv } from "../../src/cli/project/values/dotenv-scan.ts";
import { fromOpened } from "../../src/cli/project/values/given.ts";
import { knownNames } from "../../src/cli/project/values/known-names.ts";
import { parseValues } from "../../src/cli/project/values/parse-values.ts";
import { inputFault } from "../../src/cli/project/values/slots.ts";
import { askHidden, Interrupted } from "../../src/cli/terminal/prompts.ts";
import type { Fault } from "../../src/faults.ts";

const CANARY = "canary-piece";
const NONE = knownNames([], []);
const parse = (text: string, faults: Fault[], raw = false) =>
  parseValues({ text, source: "here", known: NONE, raw }, faults);

describe("the pieces of ws init", () => {
  it("take every text through JSON, and with --raw every line as it stands", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,9}$/);
    const values = fc.dictionary(name, fc.string({ unit: "binary" }), { minKeys: 1, maxKeys: 5 });
    fc.assert(
      fc.property(values, (given) => {
        const faults: Fault[] = [];
        const read = parse(JSON.stringify(given), faults);
        assert.deepEqual(Object.fromEntries(read.map((one) => [one.name, one.value])), { ...given });
        assert.deepEqual(faults, []);
        const oneLine = Object.entries(given).map(
          ([key, value]) => [key, value.replace(/[\r\n]/g, "")] as const,
        );
        const text = oneLine.map(([key, value]) => `${key}=${value}\r\n`).join("");
        assert.deepEqual(
          parse(text, faults, true).map((one) => [one.name, one.value]),
          oneLine,
        );
      }),
      { seed },
    );
  });

  it("never quote what could not be read", () => {
    const faults: Fault[] = [];
    parse(`{"A": "${CANARY}`, faults);
    parse(`${CANARY}\nA B=${CANARY}`, faults);
    parse(JSON.stringify({ A: [CANARY], B: null, C: 1 }), faults);
    parse(JSON.stringify({ [CANARY]: 1, [`A.${CANARY}`]: null }), faults);
    parse(`${CANARY}=\n${CANARY}=\n`, faults);
    parse(`A.${CANARY}=x #y\n`, faults);
    parse(`${CANARY}\nA B=${CANARY}`, faults, true);
    parse(`{"${CANARY}":"1","${CANARY}":"2"}`, faults);
    parse(`{"A":${"[".repeat(100_000)}"${CANARY}"${"]".repeat(100_000)}}`, faults);
    assert.equal(faults.length, 12);
    assert.ok(!JSON.stringify(faults).includes(CANARY));
  });

  it("refuse a name that stands there twice, and keep the first", () => {
    for (const [text, where] of [
      ["API_TOKEN=1\nCLOUDFLARE_API_TOKEN=2\nCLOUDFLARE_API_TOKEN=3\n", "here, line 3"],
      ['{"CLOUDFLARE_API_TOKEN":"2","CLOUDFLARE_API_TOKEN":"3"}', "here, key 2"],
    ] as const) {
      const faults: Fault[] = [];
      const given = parse(text, faults, true);
      assert.equal(given.at(-1)?.value, "2");
      assert.deepEqual(
        faults.map((fault) => fault.where),
        [where],
      );
      assert.match(faults[0]?.what ?? "", /^'CLOUDFLARE_API_TOKEN' stands there a second time; the first is/);
    }
  });

  it("find the names of a .dev.vars where wrangler's parser finds them", () => {
    const part = fc.constantFrom(
      ...["A", "B1", "a.b", "export ", "=", ": ", " ", "\n", "\r\n", "'", '"', "`", "#", "\\", "x+/", "--"],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        const text = parts.join("");
        const { assignments } = scanDotenv(text);
        assert.deepEqual(
          [...new Set(assignments.map(({ name }) => name))].sort(),
          Object.keys(parseDotenv(text)).sort(),
        );
        const all = text.replace(/\r\n?/g, "\n").split("\n");
        for (const { name, line } of assignments)
          assert.ok(all[line - 1]?.includes(name), `${name} in line ${line}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("see what wrangler's parser drops or cuts of a .dev.vars", () => {
    const pem = `-----BEGIN KEY-----\nab+/${CANARY}\ncd==\n-----END KEY-----\n`;
    const scanned = scanDotenv(`# note\n\nA=1 # note\nKEY=${pem}B="${pem}"\nC=a#b\nD='a#b'#c\n`);
    assert.deepEqual(scanned.dropped, [5, 7]);
    assert.deepEqual(
      scanned.assignments.map(({ name, line, end }) => [name, line, end]),
      [
        ["A", 3, "comment"],
        ["KEY", 4, "whole"],
        ["cd", 6, "whole"],
        ["B", 8, "whole"],
        ["C", 13, "cut"],
        ["D", 14, "whole"],
      ],
    );
    assert.equal(linesShown([5, 7, 8, 9, 12]), "lines 5, 7 to 9 and 12");
    assert.equal(linesShown([3]), "line 3");
  });

  it("read an old Environment at either level, and refuse what YAML made of a number", () => {
    const faults: Fault[] = [];
    const found = fromOpened(
      { TOP: "1", environmentVariables: { A: "2", N: 83 }, pulumiConfig: {} },
      "old",
      faults,
    );
    assert.deepEqual(
      found.map(({ name, value }) => [name, value]),
      [
        ["TOP", "1"],
        ["A", "2"],
      ],
    );
    assert.match(faults[0]?.what ?? "", /a number, not a text/);
  });

  it("refuse what can't be a secret's text", () => {
    assert.match(inputFault("A", "\ud800") ?? "", /surrogate/);
    assert.match(inputFault("A", "a\u0000b") ?? "", /control character/);
    assert.equal(inputFault("A", "-----BEGIN\r\n\tx\n"), undefined);
  });

  it("ask without showing what is typed, and end at Ctrl-C", async () => {
    const terminal = () => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      let shown = "";
      output.on("data", (chunk: Buffer) => {
        shown += chunk.toString("utf8");
      });
      return { input, output, shown: () => shown };
    };
    const one = terminal();
    const asked = askHidden("API_KEY", one);
    one.input.write(`${CANARY}\n`);
    assert.equal(await asked, CANARY);
    assert.match(one.shown(), /API_KEY/);
    assert.ok(!one.shown().includes(CANARY));
    const other = terminal();
    const ended = askHidden("API_KEY", other);
    setImmediate(() => other.input.write("\u0003"));
    await assert.rejects(ended, Interrupted);
  });
});

describe("the stack's file", () => {
  const text = [
    "# top",
    "environment:",
    "  - p/dev # ours",
    "",
    "config:",
    "  # the list",
    "  p:workers:",
    "    - worker # the first",
    "    - directory: api",
    "      externalSecrets: [A]",
    "  p:other: '0123'",
    "encryptionsalt: v1:abc=",
    "",
  ].join("\n");

  it("stays byte for byte where nothing is changed", () => {
    const odd = "environment: [p/dev]\nconfig: {p:a: 1,\n  p:b: 'x'}   # end\n\n\n";
    for (const each of [text, odd]) {
      const file = new StackFile("Pulumi.dev.yaml", each);
      file.ensureImport("p/dev");
      assert.equal(file.changed(), false);
      assert.equal(file.text(), each);
    }
  });

  it("gets a Worker's entry, with everything else kept", () => {
    const file = new StackFile("Pulumi.dev.yaml", text);
    file.changeWorker("p", 0, { scriptName: "s", adopt: true, resources: { KV: { id: "1" } } });
    file.changeWorker("p", 1, { externalSecrets: ["A", "B"], dropBindings: [] });
    assert.deepEqual(JSON.parse(file.config("p", "workers") ?? ""), [
      { directory: "worker", scriptName: "s", adopt: true, resources: { KV: { id: "1" } } },
      { directory: "api", externalSecrets: ["A", "B"] },
    ]);
    for (const line of [
      "# top",
      "  - p/dev # ours",
      "  # the list",
      "# the first",
      "  p:other: '0123'",
      "encryptionsalt: v1:abc=",
    ])
      assert.ok(file.text().includes(line), `${line} is gone:\n${file.text()}`);
    const again = new StackFile("Pulumi.dev.yaml", file.text());
    again.changeWorker("p", 0, { scriptName: "s", adopt: true, resources: { KV: { id: "1" } } });
    assert.equal(again.text(), file.text());
  });
});
