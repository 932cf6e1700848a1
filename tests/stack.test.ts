import assert from "node:assert/strict";
import { openTestStack, type TestStack } from "worker-secrets/testing";
import program from "../index.ts";

/** Sample values: they stay in the sandbox. */
const secrets = { PROOF_KEY: "a-sample-key-of-at-least-32-characters", TOP_SECRET: "a sample value" };

describe("the stack", function () {
  this.timeout(180_000); // the first run on a machine may have to download the Pulumi engine
  let stack: TestStack;
  before(async () => {
    stack = await openTestStack({ secrets });
  });
  after(() => stack?.close());

  it("declares the Worker with each of its secrets (mocks)", async () => {
    const registered = await stack.mocked(program);
    const scripts = registered.filter(({ type }) => type === "cloudflare:index/workersScript:WorkersScript");
    assert.equal(scripts.length, 1);
    const bindings = scripts.flatMap(({ inputs }) => inputs.bindings as { name: string; text: string }[]);
    for (const [name, value] of Object.entries(secrets))
      assert.equal(bindings.find((binding) => binding.name === name)?.text, value);
  });

  it("comes up, answers, and is then as declared (sandbox)", async () => {
    const { outputs } = await stack.up();
    const [worker] = Object.values(outputs.workers as Record<string, { scriptName: string }>);
    const answer = await fetch(`${stack.workersUrl}/${worker?.scriptName}/`);
    assert.equal(answer.status, 200);
    const { changes } = await stack.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });
});
