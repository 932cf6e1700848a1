import assert from "node:assert/strict";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { tempFolder } from "../helpers/temp.ts";
import { CommandProject } from "./command-project.ts";
import { type CommandRow, commandVariableRows, givenRows, otherRows, usageRows } from "./command-rows.ts";
import { assertQuiet } from "./row.ts";

describe("bad input on command lines", () => {
  const folder = tempFolder();
  let sandbox: Sandbox;
  let project: CommandProject;
  before(async () => {
    sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
    project = await CommandProject.create(folder, sandbox);
  });
  after(async () => {
    await sandbox?.close();
    assertContract();
  });

  const check = (rows: readonly CommandRow[]) => {
    for (const { text, ...row } of rows) {
      it(row.title, async () => {
        const outcome = await project.run(row);
        const told = row.run.includes("--json") ? outcome.stdout.trimEnd() : outcome.text;
        assert.equal(told, text);
        assert.equal(outcome.code, row.code);
        assertQuiet(outcome.stdout + outcome.text);
        assert.equal(outcome.changed, false, "something changed");
      });
    }
  };
  describe("usage", () => check(usageRows));
  describe("what is given", () => check(givenRows));
  describe("variables", () => check(commandVariableRows));
  describe("other commands", () => check(otherRows));
});
