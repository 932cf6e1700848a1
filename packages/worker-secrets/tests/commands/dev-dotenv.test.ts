import assert from "node:assert/strict";
import { parse } from "dotenv";
import fc from "fast-check";
import { stringify } from "yaml";
import { startTools, type Tools } from "../../../../tests/clients/real-tools.ts";
import { dotenvText } from "../../src/cli/commands/dev/dotenv-text.ts";
import { describeWritten } from "../../src/cli/commands/dev/write.ts";

const PEM = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC+/=\n".repeat(4)}-----END PRIVATE KEY-----\n`;

/** One of each kind that people keep in a secret, all of which the format can hold. */
const ORDINARY: Readonly<Record<string, string>> = {
  plain: "abc123",
  pem: PEM,
  pemCrlf: PEM.replaceAll("\n", "\r\n"),
  json: JSON.stringify({ type: "service_account", private_key: PEM, quote: '"', n: 1 }, null, 2),
  regex: "^\\d+\\.(\\w|\\s)*$",
  windowsPath: "C:\\new\\readme",
  tab: "a\tb",
  spaces: "  both ends  ",
  dollar: "$HOME ${PATH} \\$x $$",
  hash: "a # b #c",
  double: 'say "hi"',
  single: "it's",
  backtick: "`cmd`",
  twoQuotes: `it's "so"`,
  unicode: "pässwörd 🔑 日本語 \u2028 \u0000-free",
  equals: "a=b==",
  looksQuoted: "'quoted'",
  newlineEnds: "\nx\n\n",
  looksLikeLines: "A=1\nB='2'\nexport C=3",
};

describe("ws dev --write", () => {
  it("tells one value from several", () => {
    const told = (...names: string[]) =>
      describeWritten({ file: ".dev.vars", result: "written", names, notes: [] });
    assert.equal(told("A"), ".dev.vars: written, 1 value (A)");
    assert.equal(told("A", "B"), ".dev.vars: written, 2 values (A, B)");
  });
});

describe("ws dev: .dev.vars, through wrangler's own parser", () => {
  for (const [kind, value] of Object.entries(ORDINARY)) {
    it(`gives back byte for byte: ${kind}`, () => {
      const made = dotenvText(new Map([["X", value]]));
      assert.equal(made.kind, "text");
      if (made.kind === "text") assert.deepEqual(parse(made.text), { X: value });
    });
  }

  it("gives back all of them out of one file, whatever stands beside what", () => {
    const values = new Map(Object.entries(ORDINARY));
    const made = dotenvText(values, ["a comment with 'quotes' and `ticks`"]);
    assert.ok(made.kind === "text");
    assert.deepEqual(parse(made.text), { ...ORDINARY });
  });

  const piece = fc.oneof(
    fc.constantFrom(
      "'",
      '"',
      "`",
      "\\",
      "\t",
      "\n",
      "\r\n",
      "\r",
      "$",
      "${A}",
      "#",
      " ",
      "=",
      "\\n",
      "\\r",
      "\\'",
      "é🔑",
    ),
    fc.string({ maxLength: 6 }),
  );
  const value = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
  const values = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), value), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 6,
  });

  it("never changes a value: each comes back, or is refused by name (any values)", () => {
    let held = 0;
    fc.assert(
      fc.property(values, (entries) => {
        const wanted = new Map(entries);
        const made = dotenvText(wanted);
        if (made.kind === "text") {
          held += 1;
          assert.deepEqual(new Map(Object.entries(parse(made.text))), wanted);
          return;
        }
        // Those that were not named can be written, so what was named is all there was.
        for (const name of made.names) wanted.delete(name);
        assert.equal(dotenvText(wanted).kind, "text");
      }),
      { numRuns: 2000 },
    );
    assert.ok(held > 500, `only ${held} of 2000 were written: the test sees too little`);
  });

  it("holds every value without a carriage return that lacks one of the three quotes", () => {
    const lacking = fc
      .tuple(value, fc.constantFrom("'", "`"))
      .map(([text, quote]) => text.replaceAll("\r", "").replaceAll(quote, ""));
    fc.assert(
      fc.property(lacking, (text) => {
        assert.equal(dotenvText(new Map([["X", text]])).kind, "text", JSON.stringify(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses by name what the format can't hold", () => {
    const made = dotenvText(
      new Map([
        ["FINE", "x"],
        ["ALL_QUOTES", "# '\"`\n"],
        ["CR_AND_QUOTE", 'a\r"#b'],
        ["NAME$", "x"],
        ["HALF", "\ud800"],
      ]),
    );
    assert.deepEqual(made, { kind: "impossible", names: ["ALL_QUOTES", "CR_AND_QUOTE", "NAME$", "HALF"] });
  });
});

describe("the service's own --format dotenv", function () {
  this.timeout(120_000);
  let tools: Tools;
  before(async () => {
    tools = await startTools({ cloudflare: false });
  });
  after(() => tools?.close());

  it("changes values with quotes, backslashes and tabs; ws dev --write does not", async () => {
    const values = { JSON_KEY: '{"a":"b"}', REGEX: "^\\d+$", TAB: "a\tb", PLAIN: "abc" };
    tools.write("dev.yaml", stringify({ values: { environmentVariables: values } }));
    await tools.pulumi("env", "init", "shop/dev-secrets", "--file", "dev.yaml");
    const theirs = parse(await tools.pulumi("env", "open", "shop/dev-secrets", "--format", "dotenv"));
    const changed = Object.entries(values).filter(([name, value]) => theirs[name] !== value);
    assert.deepEqual(
      changed.map(([name]) => name),
      ["JSON_KEY", "REGEX", "TAB"],
    );
    assert.equal(theirs.JSON_KEY, '{\\"a\\":\\"b\\"}');
    const ours = dotenvText(new Map(Object.entries(values)));
    assert.ok(ours.kind === "text");
    assert.deepEqual(parse(ours.text), values);
  });
});
