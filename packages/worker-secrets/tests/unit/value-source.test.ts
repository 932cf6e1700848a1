import assert from "node:assert/strict";
import { parseDocument } from "yaml";
import { ServiceError } from "../../src/api/http.ts";
import type { PulumiClient } from "../../src/api/pulumi.ts";
import { store } from "../../src/cli/project/init-environments.ts";
import { blockedParent } from "../../src/cli/project/value-origin.ts";
import { coveredFaults, type NewLiteral } from "../../src/cli/project/value-source.ts";

/** An account with Environments that open to these values, by organization. */
function account(opened: Readonly<Record<string, unknown>>, organization = "acme"): PulumiClient {
  return {
    organization,
    forOrganization: (other: string) => account(opened, other),
    async openEnvironment(name: string) {
      const found = opened[`${organization}/${name}`];
      if (found === undefined) throw new ServiceError("not found", 404, 404);
      return found;
    },
  } as Partial<PulumiClient> as PulumiClient;
}

const ENVIRONMENT = "shop/dev-secrets";
const literal = (name: string, more: Partial<NewLiteral> = {}): NewLiteral => ({
  name,
  worker: undefined,
  opened: true,
  way: "--detach",
  ...more,
});
const faultsOf = async (
  yaml: string,
  literals: readonly NewLiteral[],
  opened: Readonly<Record<string, unknown>> = {},
) => {
  const faults = await coveredFaults({ client: account(opened), environment: ENVIRONMENT, yaml }, literals);
  return faults.map(({ where, what, fix }) => `${where}: ${what}\n${fix}`);
};
const has = (name: string) => ({ environmentVariables: { [name]: "canary" } });

describe("literals that are about to be stored", () => {
  const blocked: readonly [title: string, yaml: string, said: string][] = [
    [
      "a reference above them",
      "values:\n  base: {A: x}\n  environmentVariables: ${base}\n",
      "all of it comes from the reference ${base}",
    ],
    [
      "a provider above them",
      "values:\n  environmentVariables: {fn::open::aws-secrets: {}}\n",
      "all of it comes from the function fn::open::aws-secrets",
    ],
    [
      "an alias above them",
      "values:\n  base: &b {A: x}\n  environmentVariables: *b\n",
      "all of it comes from a YAML anchor that other values use too",
    ],
    [
      "a rotator above them",
      "values:\n  environmentVariables: {fn::rotate::x: {}}\n",
      "all of it comes from a rotator (fn::rotate)",
    ],
    ["a text above them", "values:\n  environmentVariables: x\n", "it is no mapping"],
    ["a list above them", "values:\n  environmentVariables: [x]\n", "it is no mapping"],
  ];
  for (const [title, yaml, said] of blocked)
    it(`are refused below ${title}, also with --detach, in one fault`, async () => {
      const expected = `Environment shop/dev-secrets, environmentVariables: ${said}, so A, B can't be stored in it\nChange the value where it comes from, or make 'environmentVariables' a mapping with values of its own: pulumi env edit shop/dev-secrets`;
      for (const way of [undefined, "--detach"])
        assert.deepEqual(
          await faultsOf(yaml, [literal("A", { way }), literal("B", { way, opened: false })]),
          [expected],
        );
    });

  it("are refused below a Worker's part, and below 'values' itself", async () => {
    const own = literal("A", { worker: "web", way: undefined });
    for (const [yaml, at] of [
      ["values: {workers: {web: '${x}'}}", "workers.web"],
      ["values: {workers: '${x}'}", "workers"],
      ["values: {fn::open::x: {}}", "values"],
    ] as const)
      assert.match(
        String(await faultsOf(yaml, [own])),
        new RegExp(
          `^Environment shop/dev-secrets, ${at.replace(".", "\\.")}: all of it comes from .*, so web\\.A can't`,
        ),
      );
  });

  it("whose place is free, null or absent can be stored, whatever stands beside them", () => {
    for (const yaml of [
      "",
      "values:\n",
      "values:\n  environmentVariables:\n",
      "# top\nvalues: # of values\n  # above\n  environmentVariables: # none yet\n",
      "values: {environmentVariables: {B: '${c}'}}\n",
    ]) {
      const path = ["values", "environmentVariables", "A"];
      assert.equal(blockedParent(yaml, path), undefined, yaml);
      const document = parseDocument(yaml === "" ? "{}" : yaml);
      store(document, { name: "A", value: "x", secret: true });
      const text = document.toString({ lineWidth: 0 });
      assert.equal(parseDocument(text).getIn([...path, "fn::secret"]), "x", text);
      for (const comment of yaml.match(/#[ \w]+/g) ?? []) assert.ok(text.includes(comment.trim()), text);
    }
  });

  const imports: readonly [
    title: string,
    yaml: string,
    opened: Readonly<Record<string, unknown>>,
    from: string,
    fix: string,
  ][] = [
    [
      "by its name",
      "imports: [a/b]",
      { "acme/a/b": has("A") },
      "a/b",
      "pulumi env set a/b environmentVariables.A --secret -f - (or where a/b has it from)",
    ],
    [
      "of the default project",
      "imports: [b]",
      { "acme/default/b": has("A") },
      "b",
      "pulumi env set default/b environmentVariables.A --secret -f - (or where default/b has it from)",
    ],
    [
      "at its revision, which the latest one need not have",
      "imports: [a/b@3]",
      { "acme/a/b": {}, "acme/a/b@3": has("A") },
      "a/b@3",
      `pulumi env set a/b environmentVariables.A --secret -f - (or where a/b has it from), then raise '@3' in the imports of ${ENVIRONMENT}`,
    ],
    [
      "the last one that has it, at its revision",
      "imports: [a/b, a/c@1]",
      { "acme/a/b": has("A"), "acme/a/c": has("A"), "acme/a/c@1": {} },
      "a/b",
      "pulumi env set a/b environmentVariables.A --secret -f - (or where a/b has it from)",
    ],
    [
      "of another organization",
      "imports: [other/a/b]",
      { "acme/a/b": {}, "other/a/b": has("A") },
      "other/a/b",
      "pulumi env set other/a/b environmentVariables.A --secret -f - (or where other/a/b has it from)",
    ],
  ];
  for (const [title, yaml, opened, from, fix] of imports)
    it(`are not stored over what an import gives, which is found ${title}`, async () => {
      assert.deepEqual(await faultsOf(yaml, [literal("A")], opened), [
        `Environment shop/dev-secrets, environmentVariables.A: the value of 'A' comes from the imported Environment ${from}; a literal here would hide it, and a change there would no longer arrive\nChange it there: ${fix}. To store a value here all the same: --detach`,
      ]);
      assert.deepEqual(await faultsOf(yaml, [literal("A", { way: undefined })], opened), []);
    });
});
