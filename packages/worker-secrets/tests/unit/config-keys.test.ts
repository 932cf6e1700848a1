import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { CONFIG_KEYS, DEFINITION_KEYS, lookThroughKeys } from "../../src/program/config-keys.ts";
import { defineEnvironment } from "../../src/program/definition.ts";
import { environmentNames } from "../../src/program/names.ts";

describe("the names of config keys", () => {
  it("of the project are those that the README tells", () => {
    const readme = readFileSync(join(import.meta.dirname, "../../../../README.md"), "utf8");
    const [table = ""] = readme.split("Config of `Pulumi.<stack>.yaml`")[1]?.split("\n\nA key of") ?? [];
    const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    assert.deepEqual(told.sort(), ["environment", ...Object.values(CONFIG_KEYS)].sort());
  });

  it("that the definition sets are the known ones", () => {
    const { yaml } = defineEnvironment({ names: environmentNames("shop", "dev"), scripts: ["shop-dev"] });
    const document: { values: { pulumiConfig: object } } = parse(yaml);
    const set = Object.keys(document.values.pulumiConfig).map((key) => key.replace("worker-secrets:", ""));
    assert.deepEqual(set.sort(), [...DEFINITION_KEYS].sort());
    assert.deepEqual(lookThroughKeys(set), { misspelt: [], others: [] });
  });

  it("are taken for a slip of the hand only where they are near", () => {
    const meant = (key: string) => lookThroughKeys([key]).misspelt[0]?.meant;
    for (const [key, known] of [
      ["PROD", "prod"],
      ["prd", "prod"],
      ["prodd", "prod"],
      ["prdo", "prod"],
      ["prmooteFrm", "promoteFrom"],
      ["promote_from", "promoteFrom"],
      ["promotFrm", "promoteFrom"],
      ["worker", "workers"],
      ["organisation", "organization"],
    ] as const)
      assert.equal(meant(key), known, key);
    // What people call keys of their own code.
    for (const key of ["proxy", "port", "pool", "mode", "secret", "region", "production", "instanceSize"])
      assert.deepEqual(lookThroughKeys([key]), { misspelt: [], others: [key] });
  });
});
