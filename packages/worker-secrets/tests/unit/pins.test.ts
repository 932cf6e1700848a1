import assert from "node:assert/strict";
import { ServiceError } from "../../src/api/http.ts";
import { declaredYaml, defineEnvironment } from "../../src/program/definition.ts";
import { environmentNames } from "../../src/program/names.ts";
import { movingParts } from "../../src/program/pins.ts";
import { looseParts, readPin } from "../../src/program/read-pin.ts";

/** An account whose Environments have these texts; one without a text may not be read. */
const account = (texts: Readonly<Record<string, string | undefined>>) => ({
  async environment(name: string) {
    if (!(name in texts)) return undefined;
    const yaml = texts[name];
    if (yaml === undefined) throw new ServiceError("not allowed", 403, 0);
    return { yaml, etag: undefined, revision: 1 };
  },
});

describe("what a pinned revision does not hold", () => {
  const rows: readonly [title: string, yaml: string, moving: readonly string[]][] = [
    [
      "nothing: literals, secrets, references, pinned imports",
      "imports: [a/b@3, a/c@stable]\nvalues:\n  x: 1\n  environmentVariables: {A: {fn::secret: {ciphertext: ZXNj}}, B: '${x}', C: {fn::toBase64: y}}\n",
      [],
    ],
    [
      "an import without a revision, in both forms",
      "imports: [common/base, b, a/c: {merge: false}]\n",
      [
        "imports common/base without a revision",
        "imports b without a revision",
        "imports a/c without a revision",
      ],
    ],
    ["an import of the latest one", "imports: ['common/base@latest']\n", ["imports common/base@latest"]],
    [
      "fn::open, long and short, at the value or above it",
      "values:\n  a:\n    fn::open: {provider: p, inputs: {}}\n  environmentVariables:\n    fn::open::aws-secrets: {region: x}\n  workers: {web: {A: {fn::open::vault-secrets: {}}}}\n",
      [
        "takes a from fn::open",
        "takes environmentVariables from fn::open::aws-secrets",
        "takes workers.web.A from fn::open::vault-secrets",
      ],
    ],
    [
      "within another function",
      "values: {a: {fn::toJSON: {k: {fn::open::x: {}}}}}\n",
      ["takes a.k from fn::open::x"],
    ],
    [
      "a rotated value",
      "values: {environmentVariables: {A: {fn::rotate::password: {inputs: {}, state: null}}}}\n",
      ["takes environmentVariables.A from fn::rotate::password"],
    ],
    [
      "the context",
      "values: {environmentVariables: {A: 'x-${context.pulumi.user.login}', B: '$${context.a}', C: '${contexts.a}'}}\n",
      ["takes environmentVariables.A from the context of whoever opens it"],
    ],
    ["an anchor, once", "values:\n  a: &a {fn::open::x: {}}\n  b: *a\n", ["takes a from fn::open::x"]],
    ["an empty text", "", []],
  ];
  for (const [title, yaml, moving] of rows)
    it(`is ${title}`, () => assert.deepEqual(movingParts(yaml).moving, moving));

  it("is looked for through pinned imports, each once, and what can't be read is said", async () => {
    const client = account({
      "shop/prod-secrets@4": "imports: [base@2, shop/ring@1, shop/hidden@1, shop/gone@9]\n",
      "default/base@2": "imports: [common/other]\n",
      "shop/ring@1": "imports: [shop/ring@1]\nvalues: {a: {fn::open::x: {}}}\n",
      "shop/hidden@1": undefined,
    });
    const found = await looseParts(client, "shop/prod-secrets@4");
    assert.deepEqual(
      found.map(({ revision, what, kind }) => `${kind}: ${revision} ${what}`),
      [
        "moves: default/base@2 imports common/other without a revision",
        "moves: shop/ring@1 takes a from fn::open::x",
        "unread: shop/hidden@1 could not be read",
        "unread: shop/gone@9 could not be read",
      ],
    );
    const definition = defineEnvironment({ names: environmentNames("shop", "prod"), secretsRevision: "4" });
    assert.equal(
      declaredYaml(definition, undefined, found),
      `# not held by the pin: default/base@2 imports common/other without a revision\n# not held by the pin: shop/ring@1 takes a from fn::open::x\n${definition.yaml}`,
    );
  });

  it("is read only for a pin, and a pin to the latest revision is none", async () => {
    const stack = { names: environmentNames("shop", "prod") };
    const client = account({ "shop/prod-secrets@latest": "", "shop/prod-secrets@4": "imports: [a/b]\n" });
    assert.deepEqual(await readPin(client, { ...stack, secretsRevision: undefined }), []);
    assert.equal((await readPin(client, { ...stack, secretsRevision: "4" })).length, 1);
    assert.deepEqual(await readPin(client, { ...stack, secretsRevision: "latest" }), [
      { revision: "shop/prod-secrets@latest", kind: "moves", what: "is a tag that moves with every change" },
    ]);
  });

  it("ends for an endless chain of imports", async () => {
    const chain = {
      async environment(name: string) {
        return { yaml: `imports: [a/e@${Number(name.split("@")[1]) + 1}]`, etag: undefined, revision: 1 };
      },
    };
    const found = await looseParts(chain, "a/e@1");
    assert.deepEqual(found, [{ revision: "a/e@33", kind: "unread", what: "could not be read" }]);
  });

  it("stands in the definition's text, and a repeat is the same text", () => {
    const definition = defineEnvironment({ names: environmentNames("shop", "prod"), secretsRevision: "4" });
    const loose = [{ revision: "a/b@1", what: "moves", kind: "moves" }] as const;
    const declared = declaredYaml(definition, undefined, loose);
    assert.equal(declared, `# not held by the pin: a/b@1 moves\n${definition.yaml}`);
    assert.equal(declaredYaml(definition, declared, loose), declared);
    const restored = declaredYaml(definition, "values: {edited: 1}", loose);
    assert.equal(declaredYaml(definition, restored, loose), restored);
    assert.equal(declaredYaml(definition, declared), definition.yaml);
  });
});
