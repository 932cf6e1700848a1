import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { store } from "../../src/cli/project/init-environments.ts";
import { setKeepingComments } from "../../src/cli/project/keep-comments.ts";
import { isOwn, type ValueOrigin, valueOrigin } from "../../src/cli/project/value-origin.ts";

const PATH = ["values", "environmentVariables", "A"];
const at = (text: string) =>
  `imports: [common/base]\nvalues:\n  b: 1\n  environmentVariables:\n    A: ${text}\n`;

describe("where a value comes from", () => {
  const rows: readonly (readonly [what: string, yaml: string, opened: boolean, expected: ValueOrigin])[] = [
    ["a text", at("x"), true, { kind: "literal" }],
    ["a number", at("12"), true, { kind: "literal" }],
    ["a secret", at("{fn::secret: x}"), true, { kind: "literal" }],
    ["a secret at rest", at("{fn::secret: {ciphertext: ZXNj}}"), true, { kind: "literal" }],
    ["an escaped '$'", at('"pa$${x}ss"'), true, { kind: "literal" }],
    ["a '$' alone", at('"pa$ss"'), true, { kind: "literal" }],
    ["our own form", at("{fn::fromBase64: {fn::secret: eA==}}"), true, { kind: "encoded" }],
    [
      "our own form at rest",
      at("{fn::fromBase64: {fn::secret: {ciphertext: Z}}}"),
      true,
      { kind: "encoded" },
    ],
    ["a reference", at(`\${b}`), true, { kind: "reference", to: `\${b}` }],
    ["a reference in a text", at(`"x-\${b}-y"`), true, { kind: "reference", to: `\${b}` }],
    ["a reference after '$$'", at(`"$$\${b}"`), true, { kind: "reference", to: `\${b}` }],
    [
      "a decoded reference",
      at(`{fn::fromBase64: "\${b}"}`),
      true,
      { kind: "provider", name: "fn::fromBase64" },
    ],
    ["a rotator", at("{fn::rotate: {provider: x, inputs: {}}}"), true, { kind: "rotator" }],
    ["a rotator by name", at("{fn::rotate::x: {inputs: {}}}"), true, { kind: "rotator" }],
    [
      "a provider",
      at("{fn::open::aws-secrets: {}}"),
      true,
      { kind: "provider", name: "fn::open::aws-secrets" },
    ],
    ["an object with a reference", at(`{k: ["\${b}"]}`), true, { kind: "reference", to: `\${b}` }],
    ["an import", "imports: [common/base]\nvalues: {}\n", true, { kind: "import" }],
    ["an import, null in the text", "values:\n  environmentVariables:\n", true, { kind: "import" }],
    ["nothing", "values: {}\n", false, { kind: "absent" }],
    ["an empty text", "", false, { kind: "absent" }],
    ["a literal that shadows an import", at("x"), true, { kind: "literal" }],
    [
      "a reference at its parent",
      `values:\n  environmentVariables: \${base}\n`,
      true,
      { kind: "reference", to: `\${base}` },
    ],
    [
      "a provider at its parent",
      "values:\n  environmentVariables: {fn::open::x: {}}\n",
      true,
      { kind: "provider", name: "fn::open::x" },
    ],
    ["an alias", "values:\n  b: &b x\n  environmentVariables: {A: *b}\n", true, { kind: "anchor" }],
    [
      "an alias of its parent",
      "values:\n  b: &b {A: x}\n  environmentVariables: *b\n",
      true,
      { kind: "anchor" },
    ],
    ["an anchor in use", "values:\n  environmentVariables: {A: &a x, B: *a}\n", true, { kind: "anchor" }],
    ["an anchor nobody uses", "values:\n  environmentVariables: {A: &a x}\n", true, { kind: "literal" }],
  ];
  for (const [what, yaml, opened, expected] of rows)
    it(`${what}: ${expected.kind}`, () => {
      assert.deepEqual(valueOrigin(yaml, PATH, opened), expected);
      assert.equal(isOwn(expected), ["absent", "literal", "encoded"].includes(expected.kind));
    });

  it("what is stored here is found to be ours, whatever its text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("pa${x}ss", "$${a}", "a\nb", "'\"")), (value) => {
        const document = parseDocument(at(`\${b}`));
        store(document, { name: "A", value, secret: true });
        assert.ok(isOwn(valueOrigin(document.toString({ lineWidth: 0 }), PATH, true)));
      }),
    );
  });
});

describe("a value that is written over another", () => {
  const forms = [
    "x",
    "'x'",
    '"x"',
    "{fn::secret: x}",
    "\n      fn::secret: x",
    "\n      # in\n      fn::secret: x",
  ];
  const comments = (text: string) =>
    text
      .match(/#[ \w]+/g)
      ?.map((one) => one.trim())
      .sort() ?? [];

  it("leaves every comment and every other value", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom("y", "a\nb\n", "pa${x}ss", "# no comment"),
        (form, above, behind, value) => {
          const yaml = `# top\nvalues:\n  environmentVariables:\n${above ? "    # above\n" : ""}    A: ${form}${behind ? " # behind" : ""}\n    # of B\n    B: kept # B\n# end\n`;
          const before = parseDocument(yaml);
          assert.deepEqual(before.errors, []);
          const document = parseDocument(yaml);
          const encoded = Buffer.from(value).toString("hex");
          setKeepingComments(document, PATH, { "fn::secret": encoded });
          const text = document.toString({ lineWidth: 0 });
          assert.deepEqual(comments(text), comments(yaml), text);
          const now = parseDocument(text);
          assert.equal(now.getIn([...PATH, "fn::secret"]), encoded);
          assert.equal(now.getIn(["values", "environmentVariables", "B"]), "kept");
        },
      ),
    );
  });
});
