import assert from "node:assert/strict";
import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import program from "../../index.ts";
import type { HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { askWorker } from "../helpers/ask-worker.ts";
import { type OnCall, onCall } from "../helpers/on-call.ts";
import { GOOD, workerFolder } from "../helpers/worker-folder.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

const code = (text: string) => `export default { fetch: () => Response.json(${JSON.stringify(text)}) };\n`;

describe("what somebody on call deployed", function () {
  this.timeout(300_000);
  let world: World;
  let host: HostedStack;
  let somebody: OnCall;
  const project = "oncall";
  const scriptName = "oncall-dev";
  const worker = { ...GOOD, name: "oncall" };

  before(async () => {
    world = await openWorld();
    somebody = onCall(world, scriptName);
    host = await world.stack({
      project,
      worker,
      code: code("first"),
      config: (directory) => ({ workers: [{ directory, name: "oncall" }] }),
    });
    await host.up();
    write("second");
    await host.up();
  });
  after(() => world?.close());

  const write = (text: string) => workerFolder(join(world.folder, project), "worker", worker, code(text));
  const answers = async (): Promise<unknown> =>
    (await askWorker(world.sandbox.description.workers.url, scriptName, "")) as unknown;
  const deployments = () => somebody.deployments();
  const deploy: OnCall["deploy"] = (versions) => somebody.deploy(versions);
  const versionOf = (place: number) => somebody.versionOf(place);
  const upload = (text: string) => somebody.upload(code(text));
  /** Why both a preview and an up are refused, with nothing changed. */
  const refused = async (): Promise<string> => {
    const before = await deployments();
    const messages: string[] = [];
    for (const operation of [() => host.preview(), () => host.up()]) {
      const message = await operation().then(
        ({ text }) => assert.fail(`it went through:\n${text}`),
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      messages.push(message);
    }
    assert.deepEqual(await deployments(), before);
    assert.equal(messages[0], messages[1]);
    return messages[0] ?? "";
  };
  const allow = async (deployment: string) =>
    host.automation.setConfig("worker-secrets:workers[0].overwriteDeployment", { value: deployment }, true);

  it("a rollback stays while nothing is due, stops the next upload by name, and is deployed over by its id", async () => {
    const [first, second] = [await versionOf(1), await versionOf(0)];
    await deploy([{ id: first, percentage: 100 }]);
    const { changes, text } = await host.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
    assert.match(text, /does not serve the stack's last upload: .* rolled it back to version/);
    assert.equal(await answers(), "first");

    write("third");
    const [rollback] = await deployments();
    const said = await refused();
    for (const part of [
      `Worker 'oncall-dev' (${join("worker", "wrangler.jsonc")})`,
      `rolled it back to version ${first} (an earlier one of the stack) by wrangler`,
      `(deployment ${rollback?.id}), after the stack's last upload (version ${second}`,
      `npx wrangler versions deploy ${second}@100 --name ${scriptName}`,
      `overwriteDeployment: ${rollback?.id} in the Worker's entry of worker-secrets:workers in Pulumi.dev.yaml`,
    ])
      assert.ok(said.includes(part), `${part}\nis not in\n${said}`);

    await allow(rollback?.id ?? "");
    await host.up();
    assert.equal(await answers(), "third");
    assert.deepEqual(Object.keys((await host.preview()).changes), ["same"]);
  });

  it("a rollback is taken over by bringing its code into the checkout", async () => {
    const [third] = await deployments();
    await deploy([{ id: await versionOf(1), percentage: 100 }]); // the first code again
    write("first");
    const { changes } = await host.up();
    assert.equal(changes.update, 1);
    assert.equal(await answers(), "first");
    assert.notEqual((await deployments())[0]?.id, third?.id);
    assert.deepEqual(Object.keys((await host.preview()).changes), ["same"]);
  });

  it("a gradual deployment stops the next upload, until it is over or allowed", async () => {
    const [last, older] = [await versionOf(0), await versionOf(2)];
    await deploy([
      { id: older, percentage: 5 },
      { id: last, percentage: 95 },
    ]);
    write("fourth");
    assert.match(
      await refused(),
      new RegExp(
        `split the requests between version ${older} \\(an earlier one of the stack\\) at 5 % and version ${last} \\(the stack's last\\) at 95 %`,
      ),
    );
    await deploy([{ id: last, percentage: 100 }]);
    await host.up();
    assert.equal(await answers(), "fourth");
  });

  it("an upload by another tool stops the next one, also below an edit of a secret", async () => {
    const own = await versionOf(0);
    await upload("theirs");
    write("fifth");
    assert.match(await refused(), /deployed version \S+ by wrangler on/);
    await somebody.send("/secrets", {
      method: "PUT",
      body: JSON.stringify({ name: "API_KEY", text: "changed-elsewhere", type: "secret_text" }),
    });
    assert.match(await refused(), /deployed version \S+ by wrangler on/);
    await deploy([{ id: own, percentage: 100 }]);
    await host.up();
    assert.equal(await answers(), "fifth");
    assert.deepEqual(Object.keys((await host.preview()).changes), ["same"]);
  });

  it("stays through an up with a refresh, where nothing of the stack is due", async () => {
    const own = await versionOf(0);
    await upload("theirs again");
    // The host has no refresh of its own, so the program gets here what the CLI would export.
    const { env, pulumi } = world.sandbox.description;
    const given: Readonly<Record<string, string>> = { ...env, PULUMI_API: pulumi.url };
    const before = Object.keys(given).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, given);
    const { stdout } = await host.automation.up({ refresh: true, color: "never" }).finally(() => {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    });
    assert.equal(await answers(), "theirs again", stdout);
    await deploy([{ id: own, percentage: 100 }]);
    assert.equal(await answers(), "fifth");
  });

  it("is seen below uploads without a mark, which a version before this one made, by the stack's own history", async () => {
    const unmarked = await world.stack({
      project: "unmarked",
      worker: { ...GOOD, name: "oncall" },
      code: code("old"),
      config: (directory) => ({ workers: [{ directory, name: "oncall", scriptName: "oncall-old" }] }),
    });
    const root = join(world.folder, "unmarked");
    const old = await hostStack({
      project: "unmarked",
      stack: "dev",
      organization: world.sandbox.description.pulumi.organization,
      root,
      engine: enginePath(),
      env: world.env,
      program: async () => {
        runtime.registerStackTransformation(({ type, props, opts }) => {
          if (type !== "cloudflare:index/workersScript:WorkersScript") return undefined;
          const { annotations: _, ...rest } = props;
          return { props: rest, opts };
        });
        return program();
      },
    });
    await old.up();
    await old.close();
    // Nobody touched it: the mark arrives with one upload.
    const { changes } = await unmarked.preview();
    assert.equal(changes.update, 1);
    await new Promise((resolve) => setTimeout(resolve, 6_000)); // the history's seconds, and the clocks' difference
    await onCall(world, "oncall-old").upload(code("theirs"));
    await assert.rejects(unmarked.preview(), /the upload that is due would overwrite that/);
  });
});
