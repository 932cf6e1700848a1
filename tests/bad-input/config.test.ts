import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultsError } from "../../packages/worker-secrets/src/faults.ts";
import { readSettings } from "../../packages/worker-secrets/src/program/settings.ts";
import { tempFolder } from "../helpers/temp.ts";
import { GOOD, stackConfig, workerFolder } from "../helpers/worker-folder.ts";
import { type ConfigRow, configRows, variableRows } from "./config-rows.ts";
import { assertActionable, digestOfFolder } from "./row.ts";

const TODAY = new Date("2026-11-01T00:00:00Z");

describe("bad input in config and variables", () => {
  const root = tempFolder();

  const check = (rows: readonly ConfigRow[]) => {
    for (const { title, config, env, worker = GOOD, forms, text } of rows) {
      it(title, async () => {
        const file = join(workerFolder(root, "worker", worker), "secret-forms.json");
        rmSync(file, { force: true });
        if (forms !== undefined) writeFileSync(file, forms);
        const before = digestOfFolder(root);
        const told = await readSettings(stackConfig(config, env), root, TODAY).then(
          () => assert.fail("it was let through"),
          (error: unknown) => (error instanceof FaultsError ? error.message : assert.fail(String(error))),
        );
        assert.equal(told, text);
        assertActionable(told);
        assert.equal(digestOfFolder(root), before, "something changed");
      });
    }
  };
  describe("config", () => check(configRows));
  describe("variables", () => check(variableRows));
});
