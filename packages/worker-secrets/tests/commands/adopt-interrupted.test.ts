import assert from "node:assert/strict";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import { callsFrom } from "../../../../tests/volume.ts";
import { CANARY, lines, openProject, succeeded, type WsProject } from "./ws-project.ts";

/** At every how many calls it is killed; 1 tries all of them. */
const STEP = Number(process.env.ADOPT_STEP ?? 9);

describe(`ws adopt, interrupted (at every ${STEP} calls)`, function () {
  this.timeout(600_000);
  let project: WsProject;
  let calls = 0;
  const cloudflare = async (method: string, path: string, body?: FormData) => {
    const { url, accountId, token } = project.sandbox.description.cloudflare;
    const answer = await fetch(`${url}/accounts/${accountId}/workers/scripts/legacy${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return text;
  };
  const adopt = (stack: string, onCall?: Parameters<WsProject["ws"]>[1]) =>
    project.ws(
      ["adopt", "legacy", "--stack", stack, "--values", "-", "--no-preview", "--external", "THEIRS"],
      {
        input: lines({ ...project.account, API_KEY: `${CANARY}a`, TOP_SECRET: `${CANARY}b` }),
        ...onCall,
      },
    );
  /** Everything that is there afterwards, but what depends on the stack's name. */
  const state = async (stack: string) => ({
    cloudflare: await project.client.openEnvironment(`shop/${stack}-cloudflare`),
    secrets: await project.client.openEnvironment(`shop/${stack}-secrets`),
    stack: await project.client.stackExists("shop", stack),
    file: project.read(`Pulumi.${stack}.yaml`).replaceAll(stack, "STACK"),
    worker: await cloudflare("GET", "/settings"),
  });

  before(async () => {
    project = await openProject("shop");
    workerFolder(project.root, "worker", GOOD);
    const form = new FormData();
    const secrets = ["API_KEY", "TOP_SECRET", "THEIRS"].map((name) => ({
      type: "secret_text",
      name,
      text: `${CANARY}${name}`,
    }));
    const metadata = { main_module: "index.js", compatibility_date: "2026-10-01", bindings: secrets };
    form.set("metadata", JSON.stringify(metadata));
    const code = "export default { fetch: () => new Response('legacy') };";
    form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
    await cloudflare("PUT", "", form);
    succeeded(
      await adopt("whole", {
        onCall: (_, call) => {
          calls = call;
        },
      }),
    );
  });
  after(() => project?.close());

  it("converges after SIGKILL, and the Worker is never touched", async () => {
    assert.ok(calls > 20, `only ${calls} calls were seen`);
    const whole = await state("whole");
    assert.match(whole.file, /externalSecrets:\s+- THEIRS/);
    for (const at of callsFrom(STEP, Number(process.env.SEED || 0), calls)) {
      const stack = `k${at}`;
      const ended = await adopt(stack, {
        onCall: (child, call) => {
          if (call === at) child.kill("SIGKILL");
        },
      });
      assert.equal(ended.signal, "SIGKILL", `call ${at} of ${calls}: ${ended.stderr}`);
      succeeded(await adopt(stack));
      assert.deepEqual(await state(stack), whole, `killed at call ${at}`);
    }
    const parts = project.files().filter((name) => name.startsWith("."));
    assert.deepEqual(parts, [], "a part of a file is left");
  });

  it("ends with 130 after SIGINT, and the repeat completes it", async () => {
    const ended = await adopt("interrupted", {
      onCall: (child, call) => {
        if (call === calls - 8) child.kill("SIGINT");
      },
    });
    assert.equal(ended.code, 130, ended.stdout + ended.stderr);
    succeeded(await adopt("interrupted"));
    assert.deepEqual(await state("interrupted"), await state("whole"));
  });
});
