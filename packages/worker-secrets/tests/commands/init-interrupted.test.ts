import assert from "node:assert/strict";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import { killedCalls } from "../../../../tests/volume.ts";
import { CANARY, lines, openProject, succeeded, type WsProject } from "./ws-project.ts";

describe("ws init, interrupted", function () {
  this.timeout(300_000);
  let project: WsProject;
  let calls = 0;
  const init = (stack: string, onCall?: Parameters<WsProject["ws"]>[1]) =>
    project.ws(["init", stack, "--values", "-"], {
      input: lines({ ...project.account, API_KEY: `${CANARY}a`, TOP_SECRET: `${CANARY}b` }),
      ...onCall,
    });
  /** Everything that is there afterwards, but what depends on the stack's name. */
  const state = async (stack: string) => ({
    cloudflare: await project.client.openEnvironment(`shop/${stack}-cloudflare`),
    secrets: await project.client.openEnvironment(`shop/${stack}-secrets`),
    variables: (await project.client.openEnvironment(`shop/${stack}`)).environmentVariables,
    stack: await project.client.stackExists("shop", stack),
    file: project.read(`Pulumi.${stack}.yaml`).replaceAll(stack, "STACK"),
  });
  before(async () => {
    project = await openProject("shop");
    workerFolder(project.root, "worker", GOOD);
    succeeded(
      await init("whole", {
        onCall: (_, call) => {
          calls = call;
        },
      }),
    );
  });
  after(() => project?.close());

  it("converges after SIGKILL at each remote call", async () => {
    assert.ok(calls > 15, `only ${calls} calls were seen`);
    const whole = await state("whole");
    for (const at of killedCalls(calls)) {
      const stack = `k${at}`;
      const ended = await init(stack, {
        onCall: (child, call) => {
          if (call === at) child.kill("SIGKILL");
        },
      });
      assert.equal(ended.signal, "SIGKILL", `call ${at} of ${calls}: ${ended.stderr}`);
      succeeded(await init(stack));
      assert.deepEqual(await state(stack), whole, `killed at call ${at}`);
    }
    assert.deepEqual(
      project.files().filter((name) => name.startsWith(".")),
      [],
      "a part of a file is left",
    );
  });

  it("ends with 130 after SIGINT, and the repeat completes it", async () => {
    const ended = await init("interrupted", {
      onCall: (child, call) => {
        if (call === 12) child.kill("SIGINT");
      },
    });
    assert.equal(ended.code, 130, ended.stderr);
    assert.equal(await project.client.environment("shop/interrupted"), undefined, "it went on to the end");
    succeeded(await init("interrupted"));
    assert.deepEqual(await state("interrupted"), await state("whole"));
  });
});
