import assert from "node:assert/strict";
import { aboutOf } from "../../src/cli/commands/doctor/found.ts";
import { formerKeyFaults } from "../../src/cli/project/config-keys.ts";
import { StackFile } from "../../src/cli/project/stack-file.ts";
import { FaultsError } from "../../src/faults.ts";
import { CONFIG_KEYS, keyNameFaults } from "../../src/program/config-keys.ts";

const KEYS = Object.values(CONFIG_KEYS);
const faultsOf = (project: string, ...lines: readonly string[]) =>
  formerKeyFaults(
    new StackFile("/shop/Pulumi.dev.yaml", `config:\n${lines.map((line) => `  ${line}: x\n`).join("")}`),
    project,
  );
const WHAT = (key: string) =>
  `the key is called worker-secrets:${key} now, whatever the project is called, and this one is not read`;
const WRITE = (key: string) =>
  `Write worker-secrets:${key}. If your own code reads it, give it another name.`;
const TAKE_OUT = (key: string) =>
  `Take it out: worker-secrets:${key} is set as well. If your own code reads it, give it another name.`;

describe("config keys in the project's own namespace", () => {
  for (const key of KEYS) {
    describe(key, () => {
      for (const [form, written] of [
        ["with the project's name", `shop:${key}`],
        ["in the long form", `shop:config:${key}`],
        ["without a namespace", key],
      ] as const) {
        it(`${form} is refused in a file, with its new name`, () => {
          assert.deepEqual(faultsOf("shop", written), [
            { where: `Pulumi.dev.yaml:2, ${written}`, what: WHAT(key), fix: WRITE(key) },
          ]);
        });
        it(`${form} is refused beside its new name`, () => {
          assert.deepEqual(faultsOf("shop", `worker-secrets:${key}`, written), [
            { where: `Pulumi.dev.yaml:3, ${written}`, what: WHAT(key), fix: TAKE_OUT(key) },
          ]);
        });
      }
      it("is taken under its new name alone", () => {
        assert.deepEqual(faultsOf("shop", `worker-secrets:${key}`), []);
      });
      it("is taken in every form where the project is called worker-secrets", () => {
        assert.deepEqual(faultsOf("worker-secrets", `worker-secrets:${key}`, key), []);
      });
      it("is refused by the program, alone and beside its new name", () => {
        const told = (...keys: string[]) =>
          keyNameFaults({ project: "shop", stack: "dev", keys, formerKeys: [key] });
        const where = `Pulumi.dev.yaml (or 'config' in Pulumi.yaml), shop:${key}`;
        assert.deepEqual(told(), [{ where, what: WHAT(key), fix: WRITE(key) }]);
        assert.deepEqual(told(key), [{ where, what: WHAT(key), fix: TAKE_OUT(key) }]);
      });
    });
  }

  it("are refused all at once", () => {
    const all = faultsOf("shop", ...KEYS.map((key) => `shop:${key}`));
    assert.deepEqual(
      all.map(({ what }) => what),
      KEYS.map(WHAT),
    );
  });

  it("are reported by doctor as what is wrong with the stack", () => {
    assert.equal(aboutOf(new FaultsError(faultsOf("shop", "shop:prod"))), "stack");
  });

  it("that are not ours stay the user's own, also those of a stored definition", () => {
    const others = ["shop:proxy", "bucket", "shop:digest", "shop:secrets", "aws:region"];
    assert.deepEqual(faultsOf("shop", ...others), []);
    const formerKeys = ["proxy", "digest", "accountId", "scripts", "secrets"];
    assert.deepEqual(keyNameFaults({ project: "shop", stack: "dev", keys: [], formerKeys }), []);
  });
});
