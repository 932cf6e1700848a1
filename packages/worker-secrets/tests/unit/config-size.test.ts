import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { declared } from "../../../../tests/helpers/declared.ts";
import { sizeFaults } from "../../src/cli/commands/rotate/faults.ts";
import {
  configSize,
  describeSize,
  expectedConfig,
  isNearlyTooLarge,
  isTooLarge,
  MOST_CONFIG_BYTES,
} from "../../src/cli/project/config-size.ts";
import { StackFile } from "../../src/cli/project/stack-file.ts";
import { treeAfter } from "../../src/cli/project/values/slots.ts";

const values = (count: number, bytes: number, character = "x") =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`KEY_${index}`, character.repeat(bytes)] as const),
  );
const sizeOf = (environmentVariables: object) =>
  configSize({ "worker-secrets:secrets": { environmentVariables } });

describe("the size of a stack's config", () => {
  it("is that of the variable, with JSON in JSON, the old form of keys and Go's escapes", () => {
    const size = configSize({
      "worker-secrets:prod": "true",
      "worker-secrets:secrets": { environmentVariables: { A: 'a"<' } },
    });
    const text = String.raw`PULUMI_CONFIG={"worker-secrets:config:prod":"true","worker-secrets:config:secrets":"{\"environmentVariables\":{\"A\":\"a\\\"\\u003c\"}}"}`;
    assert.equal(size.bytes, text.length + 1);
    assert.deepEqual(size.values, [{ name: "A", bytes: String.raw`\"a\\\"\\u003c\"`.length }]);
  });

  it("reaches its limit where Linux refuses to start a process", function () {
    if (process.platform !== "linux") return this.skip();
    const most = MOST_CONFIG_BYTES - "PULUMI_CONFIG=".length - 1;
    const start = (bytes: number) =>
      spawnSync("/bin/true", { env: { PULUMI_CONFIG: "x".repeat(bytes) } }).error;
    assert.equal(start(most), undefined);
    assert.match(String(start(most + 1)), /E2BIG/);
  });

  const rows: readonly [title: string, count: number, bytes: number, large: boolean, nearly: boolean][] = [
    ["36 values of 4.2 KB", 36, 4_200, true, true],
    ["25 values of 4.2 KB", 25, 4_200, false, true],
    ["20 values of 4.2 KB", 20, 4_200, false, false],
  ];
  for (const [title, count, bytes, large, nearly] of rows)
    it(`says of ${title}: ${large ? "too large" : nearly ? "nearly" : "fits"}`, () => {
      const size = sizeOf(values(count, bytes));
      assert.deepEqual([isTooLarge(size), isNearlyTooLarge(size)], [large, nearly]);
    });

  it("counts what escaping adds", () => {
    assert.ok(!isTooLarge(sizeOf(values(10, 5_000))));
    assert.ok(isTooLarge(sizeOf(values(10, 5_000, "\n"))));
  });

  it("names the largest, in numbers and without a value", () => {
    const text = describeSize(sizeOf({ ...values(36, 4_200), BIG: "y".repeat(5_000) }));
    assert.equal(
      text,
      `the stack's config with its values takes 156858 bytes of the 131072 that Linux gives one variable (PULUMI_CONFIG), so 'pulumi preview' and 'pulumi up' can't start there ("argument list too long"); the largest values: BIG 5004, KEY_0 4204, KEY_1 4204, KEY_10 4204, KEY_11 4204 and 32 more`,
    );
  });

  it("has the stack file's keys and what the definition adds", () => {
    const file = new StackFile(
      "Pulumi.dev.yaml",
      "config:\n  worker-secrets:workers: [a]\n  aws:region: x\n  shop:config:old: y\n",
    );
    assert.deepEqual(expectedConfig(file, "shop", ["a-dev"], { environmentVariables: {} }), {
      "worker-secrets:workers": '["a"]',
      "aws:region": "x",
      "shop:old": "",
      "worker-secrets:digest": "0".repeat(16),
      "worker-secrets:accountId": "0".repeat(32),
      "worker-secrets:scripts": ["a-dev"],
      "worker-secrets:secrets": { environmentVariables: {} },
    });
  });

  it("of init is that after it has stored what was decided", () => {
    const slot = { declaredAt: "", required: true, forms: [], stored: undefined } as const;
    const tree = { shared: { A: "1", B: "2" }, own: { web: { C: "3" } } };
    const after = treeAfter(tree, [
      {
        kind: "store",
        slot: { ...slot, name: "A", worker: undefined, environment: "secrets" },
        value: "new",
        source: "",
      },
      {
        kind: "store",
        slot: { ...slot, name: "D", worker: "api", environment: "secrets" },
        value: "own",
        source: "",
      },
      {
        kind: "store",
        slot: { ...slot, name: "T", worker: undefined, environment: "cloudflare" },
        value: "t",
        source: "",
      },
      { kind: "kept", slot: { ...slot, name: "B", worker: undefined, environment: "secrets" } },
    ]);
    assert.deepEqual(after, {
      environmentVariables: { A: "new", B: "2" },
      workers: { web: { C: "3" }, api: { D: "own" } },
    });
    assert.deepEqual(tree.shared, { A: "1", B: "2" });
  });

  it("stops a rotation that goes over the limit, and none that was over it before", () => {
    const target = {
      context: { project: "shop", names: { secrets: "shop/dev-secrets" } },
      declared: { workers: [declared("web", [])] },
      file: new StackFile("Pulumi.dev.yaml", ""),
    } as unknown as Parameters<typeof sizeFaults>[0];
    const place = { name: "KEY_0", worker: undefined };
    const faults = (count: number, value: string, keep?: string) =>
      sizeFaults(target, place, { shared: values(count, 4_200), own: {} }, { value, keep });
    assert.deepEqual(faults(30, "x".repeat(4_200)), []);
    assert.match(
      faults(30, "x".repeat(4_200), "x".repeat(5_000))[0]?.what ?? "",
      /takes 13\d{4} bytes of the 131072/,
    );
    assert.equal(faults(31, "x".repeat(4_999)).length, 1);
    assert.deepEqual(faults(36, "short"), []);
  });
});
