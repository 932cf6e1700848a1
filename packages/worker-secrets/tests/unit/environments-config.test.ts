import assert from "node:assert/strict";
import type { Fault } from "../../src/faults.ts";
import { readEnvironmentNames } from "../../src/program/environments-config.ts";
import { environmentNames } from "../../src/program/names.ts";

const USUAL = environmentNames("shop", "dev");
const read = (value: unknown) => {
  const faults: Fault[] = [];
  const raw = value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
  const names = readEnvironmentNames({ project: "shop", stack: "dev", raw }, "Pulumi.dev.yaml", faults);
  for (const { where } of faults) assert.equal(where, "Pulumi.dev.yaml, worker-secrets:environments");
  return { names, faults: faults.map(({ what }) => what) };
};

describe("the names of a stack's Environments", () => {
  it("are by default those of the project and the stack", () => {
    assert.deepEqual(USUAL, {
      definition: "shop/dev",
      cloudflare: "shop/dev-cloudflare",
      secrets: "shop/dev-secrets",
    });
    assert.deepEqual(read(undefined), { names: USUAL, faults: [] });
    assert.deepEqual(read({}), { names: USUAL, faults: [] });
  });

  for (const [key, of] of [
    ["stack", "definition"],
    ["cloudflare", "cloudflare"],
    ["secrets", "secrets"],
  ] as const)
    it(`take '${key}' from the config alone`, () => {
      const name = "infra/one.of_ours-1";
      assert.deepEqual(read({ [key]: name }), { names: { ...USUAL, [of]: name }, faults: [] });
    });

  const NAME = "must be PROJECT/NAME, without an organization and without a revision";
  for (const [title, value, ...faults] of [
    ["a text", "shop/other", "'environments' must be an object"],
    ["a list", ["shop/other"], "'environments.0' is not known; known are stack, cloudflare, secrets"],
    [
      "an unknown key",
      { definition: "a/b" },
      "'environments.definition' is not known; known are stack, cloudflare, secrets",
    ],
    ["a name without a project", { stack: "dev" }, `'environments.stack' ${NAME}`],
    ["a name with an organization", { secrets: "acme/shop/dev" }, `'environments.secrets' ${NAME}`],
    ["a revision", { secrets: "shop/values@3" }, `'environments.secrets' ${NAME}`],
    ["an empty name", { cloudflare: "" }, `'environments.cloudflare' ${NAME}`],
    ["a number", { cloudflare: 1 }, "'environments.cloudflare' must be a text"],
    [
      "several faults at once",
      { stack: "dev", cloudflare: "a b/c" },
      `'environments.stack' ${NAME}`,
      `'environments.cloudflare' ${NAME}`,
    ],
    [
      "one Environment for two things",
      { cloudflare: "shop/both", secrets: "shop/both" },
      "'cloudflare' and 'secrets' are both shop/both; each needs an Environment of its own",
    ],
    [
      "a default name for something else",
      { secrets: "shop/dev" },
      "'stack' and 'secrets' are both shop/dev; each needs an Environment of its own",
    ],
  ] as const)
    it(`refuse ${title}`, () => {
      assert.deepEqual(read(value).faults, faults);
    });
});
