import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { declaredYaml, defineEnvironment, sameDocument, scriptsOf } from "../../src/program/definition.ts";
import { hasDefinitionForm } from "../../src/program/mark.ts";
import { environmentNames } from "../../src/program/names.ts";

const inputs = { names: environmentNames("shop", "dev") };

describe("the Environment's definition", () => {
  it("imports both value Environments without merging them", () => {
    const { imports } = parse(defineEnvironment(inputs).yaml);
    assert.deepEqual(imports, [
      { "shop/dev-cloudflare": { merge: false } },
      { "shop/dev-secrets": { merge: false } },
    ]);
  });

  it("exports the deploy variables only, and hands the secrets over as one object", () => {
    const { values } = parse(defineEnvironment(inputs).yaml);
    assert.deepEqual(Object.keys(values.environmentVariables), [
      "CLOUDFLARE_ACCOUNT_ID",
      "CLOUDFLARE_API_TOKEN",
    ]);
    assert.equal(values.pulumiConfig["worker-secrets:secrets"], '${imports["shop/dev-secrets"]}');
  });

  it("is the same bytes for the same inputs, and carries its own digest", () => {
    const one = defineEnvironment(inputs);
    assert.equal(one.yaml, defineEnvironment({ ...inputs }).yaml);
    assert.equal(parse(one.yaml).values.pulumiConfig["worker-secrets:digest"], one.digest);
  });

  it("has another digest for a pin, another stack, another project", () => {
    const digests = [
      inputs,
      { ...inputs, secretsRevision: "7" },
      { names: environmentNames("shop", "prod") },
      { names: environmentNames("bank", "dev") },
    ].map((each) => defineEnvironment(each).digest);
    assert.equal(new Set(digests).size, 4);
  });

  it("pins the secrets' revision in the import and in the reference", () => {
    const { yaml } = defineEnvironment({ ...inputs, secretsRevision: "7" });
    assert.deepEqual(parse(yaml).imports[1], { "shop/dev-secrets@7": { merge: false } });
    assert.equal(
      parse(yaml).values.pulumiConfig["worker-secrets:secrets"],
      '${imports["shop/dev-secrets@7"]}',
    );
  });
});

describe("a definition from before version 0.2", () => {
  const former = defineEnvironment({ ...inputs, scripts: ["shop-dev"], namespace: "shop" });

  it("has the project's name as the namespace, and another digest", () => {
    const { pulumiConfig } = parse(former.yaml).values;
    const names = ["digest", "accountId", "scripts", "secrets"];
    assert.deepEqual(
      Object.keys(pulumiConfig),
      names.map((name) => `shop:${name}`),
    );
    assert.notEqual(former.digest, defineEnvironment({ ...inputs, scripts: ["shop-dev"] }).digest);
  });

  it("still tells the stack's scripts, and is known as the stack's own", () => {
    assert.deepEqual(scriptsOf(former.yaml, "shop"), ["shop-dev"]);
    assert.ok(hasDefinitionForm(former.yaml, inputs.names));
  });
});

describe("declaring over what is stored", () => {
  const definition = defineEnvironment(inputs);

  it("declares the canonical text where nothing is stored, or the same document in another layout", () => {
    assert.equal(declaredYaml(definition, undefined), definition.yaml);
    assert.equal(declaredYaml(definition, stringify(parse(definition.yaml), { indent: 4 })), definition.yaml);
  });

  it("declares a text that differs from the state's after an edit elsewhere, and settles after one update", () => {
    const edited = definition.yaml.replace("CLOUDFLARE_ACCOUNT_ID:", "EXTRA: 1\n    CLOUDFLARE_ACCOUNT_ID:");
    const restored = declaredYaml(definition, edited);
    assert.notEqual(restored, definition.yaml);
    assert.ok(sameDocument(restored, definition.yaml), "the restored text has to be the declared document");
    assert.equal(declaredYaml(definition, restored), restored);
  });

  it("tells two edits apart, so that the second one is undone too", () => {
    const first = declaredYaml(definition, "values: {a: 1}");
    const second = declaredYaml(definition, "values: {b: 2}");
    assert.notEqual(first, second);
  });

  it("takes a stored text that is not YAML for an edit", () => {
    assert.notEqual(declaredYaml(definition, "values: [\n"), definition.yaml);
  });
});
