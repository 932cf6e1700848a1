import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { type OnCall, onCall } from "../../../../tests/helpers/on-call.ts";
import { generatedKey } from "../../src/cli/project/init-environments.ts";
import { CANARY, type WsStack, wsStack } from "./rotate-harness.ts";

const code = (version: string) => `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ version: "${version}", holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

describe("ws rotate NAME, while something else than the stack's last upload answers", function () {
  this.timeout(300_000);
  const project = "shift";
  const environment = `${project}/dev-secrets`;
  const canary = () => `${CANARY}${generatedKey()}`;
  const deployed = canary();
  let stack: WsStack;
  let somebody: OnCall;
  const stored = async () => {
    const { environmentVariables } = await stack.world.client.openEnvironment(environment);
    return String(Object(environmentVariables).API_KEY);
  };
  const revision = async () => (await stack.world.client.environment(environment))?.revision;
  const answers = (value: string) =>
    askWorker(stack.world.sandbox.description.workers.url, "sample-dev", value);
  /** As `wrangler rollback` to the stack's first upload. */
  let first: string;
  const rollBack = () => somebody.deploy([{ id: first, percentage: 100 }]);

  before(async () => {
    stack = await wsStack({
      project,
      code: code("one"),
      secrets: { API_KEY: deployed, TOP_SECRET: canary() },
      config: (directory) => ({ workers: [{ directory, optionalSecrets: ["API_KEY_PREVIOUS"] }] }),
    });
    somebody = onCall(stack.world, "sample-dev");
    await stack.host.up();
    first = await somebody.versionOf(0);
    writeFileSync(join(stack.root, "worker/index.js"), code("two"));
    await stack.host.up();
  });
  after(() => stack?.close());

  it("stops before anything is stored, with the way to either side", async () => {
    const own = await somebody.versionOf(0);
    await rollBack();
    const [rollback] = await somebody.deployments();
    const before = [await revision(), stack.file(), await somebody.deployments()];
    for (const args of [["--generate"], ["--generate", "--overlap"], ["--value", "-"]]) {
      const ended = await stack.run(["rotate", "API_KEY", ...args], { input: canary() });
      assert.equal(ended.code, 1, ended.stdout + ended.stderr);
      for (const part of [
        "One problem found; nothing was changed.",
        `rolled it back to version ${first} (an earlier one of the stack) by wrangler`,
        `npx wrangler versions deploy ${own}@100 --name sample-dev`,
        `overwriteDeployment: ${rollback?.id} in the Worker's entry of worker-secrets:workers in Pulumi.dev.yaml`,
      ])
        assert.ok(ended.stderr.includes(part), `${part}\nis not in\n${ended.stderr}`);
      assert.ok(!ended.calls.some((call) => /^(PATCH|PUT|DELETE)/.test(call)), ended.calls.join("\n"));
    }
    assert.deepEqual([await revision(), stack.file(), await somebody.deployments()], before);
    assert.deepEqual(await answers(deployed), { version: "one", holds: ["API_KEY"] });

    await somebody.deploy([{ id: own, percentage: 100 }]);
    const next = canary();
    await stack.good(["rotate", "API_KEY", "--value", "-"], { input: next });
    assert.deepEqual(await answers(next), { version: "two", holds: ["API_KEY"] });
  });

  it("keeps what a killed run has stored, and deploys it once what answers may be overwritten", async () => {
    const args = ["rotate", "API_KEY", "--value", "-"];
    const next = canary();
    const counts = ({ method }: { readonly method: string }) => method === "PATCH";
    const killed = await stack.run(args, { input: next, at: 1, after: true, counts });
    assert.equal(killed.signal, "SIGKILL", killed.stdout + killed.stderr);
    assert.ok((await stored()) === next, "the value is not stored");
    await rollBack();
    const [rollback] = await somebody.deployments();
    const before = [await revision(), await somebody.deployments()];
    for (const repeat of [args, ["rotate", "API_KEY", "--generate"]])
      assert.match(await stack.refused(repeat, { input: next }), /nothing was changed\.\n.*rolled it back/);
    assert.deepEqual([await revision(), await somebody.deployments()], before);

    const file = join(stack.root, "Pulumi.dev.yaml");
    const text = readFileSync(file, "utf8");
    const allowed = text.replace(/( *)optionalSecrets:/, `$1overwriteDeployment: ${rollback?.id}\n$&`);
    assert.notEqual(allowed, text);
    writeFileSync(file, allowed);
    assert.match(
      await stack.good(["rotate", "API_KEY", "--generate"]),
      /an earlier run has stored the value .*; deployed and verified/,
    );
    assert.deepEqual(await answers(next), { version: "two", holds: ["API_KEY"] });
    assert.deepEqual(Object.keys((await stack.host.preview()).changes), ["same"]);
  });

  it("says what is stored where somebody deploys between the storing and its up, and a repeat converges", async () => {
    const own = await somebody.versionOf(0);
    const next = canary();
    let meanwhile: Promise<void> | undefined;
    const ended = await stack.run(["rotate", "API_KEY", "--value", "-"], {
      input: next,
      counts: ({ method }) => {
        if (method === "PATCH") meanwhile ??= rollBack();
        return false;
      },
    });
    await meanwhile;
    assert.equal(ended.code, 1, ended.stdout + ended.stderr);
    const said = ended.stderr;
    assert.match(said, /One problem found\.\n.*rolled it back to version/);
    const done = `Done before that:\n  ${environment}: stored API_KEY (revision ${await revision()})`;
    assert.ok(said.includes(`${done}\nNothing was deployed.\n`), said);
    assert.ok((await stored()) === next, "the value is not stored");
    assert.deepEqual(await answers(next), { version: "one", holds: [] });

    await somebody.deploy([{ id: own, percentage: 100 }]);
    await stack.good(["rotate", "API_KEY", "--generate"]);
    assert.deepEqual(await answers(next), { version: "two", holds: ["API_KEY"] });
    assert.deepEqual(Object.keys((await stack.host.preview()).changes), ["same"]);
  });
});
