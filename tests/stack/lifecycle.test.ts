import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import {
  generatedKey,
  setVariables,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { askWorker } from "../helpers/ask-worker.ts";
import { filesThatHold } from "../helpers/search-files.ts";
import { GOOD } from "../helpers/worker-folder.ts";
import { openWorld, type World } from "../helpers/world.ts";
import { canary as newCanary } from "../leak/marker.ts";

/** Answers whether a given text is the secret, so that a test can ask without the Worker ever telling it. */
const CODE = `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ names: Object.keys(env).sort(), holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

describe("one stack, through its life", () => {
  let world: World;
  let host: HostedStack;
  const canary = newCanary();
  const project = "life";
  const holds = (value: string) => askWorker(world.sandbox.description.workers.url, "sample-dev", value);

  before(async () => {
    world = await openWorld();
    host = await world.stack({
      project,
      code: CODE,
      secrets: { API_KEY: canary, TOP_SECRET: generatedKey() },
    });
  });
  after(() => world?.close());

  /** After any edit: one `up`, and then nothing is left to do. */
  const converges = async () => {
    const { outputs, text } = await host.up();
    assert.ok(!text.includes("canary"), "up printed a value");
    const { changes, text: again } = await host.preview();
    assert.deepEqual(Object.keys(changes), ["same"], again);
    return outputs;
  };

  it("previews from nothing without a change to anything", async () => {
    const { changes, text } = await host.preview();
    assert.equal(changes.import, 1);
    assert.ok((changes.create ?? 0) >= 4);
    assert.ok(!text.includes("canary"));
  });

  it("comes up in one run, and the Worker holds the secret", async () => {
    const outputs = await converges();
    const { sample } = Object(outputs.workers);
    assert.equal(sample.scriptName, "sample-dev");
    assert.equal(sample.url, "https://sample-dev.sandbox.workers.dev");
    assert.equal(outputs.secretsPin, "latest");
    assert.deepEqual(Object.keys(sample.secrets), ["API_KEY", "TOP_SECRET"]);
    assert.deepEqual(await holds(canary), { names: ["API_KEY", "TOP_SECRET"], holds: ["API_KEY"] });
  });

  it("has no value in its state", async () => {
    const state = JSON.stringify(await world.client.exportStack(project, "dev"));
    assert.ok(state.includes("API_KEY"), "this is not the state");
    assert.ok(!state.includes("canary"));
    assert.ok(
      !state.includes(world.sandbox.description.cloudflare.token),
      "the deploy token is in the state",
    );
  });

  it("shows a changed value by the fingerprint of its name alone", async () => {
    const changed = newCanary();
    await setVariables(world.client, `${project}/dev-secrets`, [
      { name: "API_KEY", value: changed, secret: true },
    ]);
    const { text } = await host.preview();
    assert.match(text, /~ API_KEY\s*: "[0-9a-f]{12}" => "[0-9a-f]{12}"/);
    assert.doesNotMatch(text, /~ TOP_SECRET/);
    await converges();
    assert.deepEqual((await holds(changed)).holds, ["API_KEY"]);
  });

  it("pins a revision: exact in the run that changes the definition", async () => {
    const pinned = await world.stack({ project, code: CODE, config: { secretsRevision: "2" } });
    // The definition that is stored, and that the engine opens, is still the one without the pin.
    await world.client.updateEnvironment(
      `${project}/dev`,
      defineEnvironment({ names: environmentNames(project, "dev") }).yaml,
    );
    const before = host;
    host = pinned;
    const outputs = await converges();
    assert.equal(outputs.secretsPin, "2");
    assert.deepEqual((await holds(canary)).holds, ["API_KEY"], "revision 2 held the first value");
    host = before;
    await world.stack({ project, code: CODE });
    await world.client.updateEnvironment(
      `${project}/dev`,
      defineEnvironment({ names: environmentNames(project, "dev"), secretsRevision: "2" }).yaml,
    );
    await converges();
    assert.deepEqual((await holds(canary)).holds, []);
  });

  it("sees an edit of its Environment made elsewhere, though it keeps the digest, and undoes it", async () => {
    const { yaml } = defineEnvironment({ names: environmentNames(project, "dev") });
    await world.client.updateEnvironment(
      `${project}/dev`,
      yaml.replace("  pulumiConfig:", "    INTRUDER: x\n  pulumiConfig:"),
    );
    const { changes } = await host.preview();
    assert.equal(changes.update, 1);
    await converges();
    const stored = await world.client.environment(`${project}/dev`);
    assert.ok(stored !== undefined && !stored.yaml.includes("INTRUDER"));
  });

  it("binds a new name and takes an old one away, in one version", async () => {
    host = await world.stack({
      project,
      code: CODE,
      worker: { ...GOOD, secrets: { required: ["TOP_SECRET", "NEW_ONE"] } },
      secrets: { NEW_ONE: canary },
    });
    await converges();
    assert.deepEqual(await holds(canary), { names: ["NEW_ONE", "TOP_SECRET"], holds: ["NEW_ONE"] });
  });

  it("stops before a secret that somebody else put there is lost", async () => {
    const { cloudflare } = world.sandbox.description;
    const secrets = `${cloudflare.url}/accounts/${cloudflare.accountId}/workers/scripts/sample-dev/secrets`;
    const headers = { authorization: `Bearer ${cloudflare.token}`, "content-type": "application/json" };
    const put = await fetch(secrets, {
      method: "PUT",
      headers,
      body: JSON.stringify({ name: "FOREIGN", text: "x", type: "secret_text" }),
    });
    assert.equal(put.status, 200);
    await assert.rejects(
      host.preview(),
      /secret 'FOREIGN' of the Worker 'sample-dev'.*somebody else put it there/,
    );
    await assert.rejects(host.up(), /FOREIGN/);
    assert.ok((await holds("x")).names.includes("FOREIGN"), "it was lost all the same");
    assert.equal((await fetch(`${secrets}/FOREIGN`, { method: "DELETE", headers })).status, 200);
    await converges();
  });

  it("is destroyed, keeps the Environments, and comes up again", async () => {
    await host.destroy();
    await host.destroy();
    assert.ok(await world.client.environment(`${project}/dev`));
    await converges();
    assert.deepEqual((await holds(canary)).holds, ["NEW_ONE"]);
  });

  it("has left no value in clear in any file, of the sandbox's or the engine's", () => {
    const { home } = host;
    const planted = join(home, "planted");
    writeFileSync(planted, Buffer.from(`x${canary}y`).toString("base64"));
    assert.deepEqual(filesThatHold(home, canary), [planted], "the search does not find what is there");
    rmSync(planted);
    const data = join(world.folder, "data");
    assert.deepEqual([...filesThatHold(home, canary), ...filesThatHold(data, canary)], []);
    // The engine keeps its own login in its home, which goes with the host.
    const login = join(home, ".pulumi", "credentials.json");
    const { token } = world.sandbox.description.pulumi;
    assert.deepEqual([...filesThatHold(home, token), ...filesThatHold(data, token)], [login]);
  });

  it("tells a second up that another update is in progress", async () => {
    const { pulumi } = world.sandbox.description;
    const other = await hostStack({
      project,
      stack: "dev",
      organization: pulumi.organization,
      root: `${world.folder}/${project}`,
      engine: process.env.WORKER_SECRETS_ENGINE ?? "",
      env: world.env,
    });
    const lock = await lockStack(pulumi, `${pulumi.organization}/${project}/dev`);
    await assert.rejects(
      other.up(),
      /[Aa]nother update is currently in progress|another update is in progress/,
    );
    await lock.release();
    await other.close();
    await converges();
  });
});

/** Holds the stack's lock the way a CLI does: by starting an update. */
async function lockStack(
  { url, token }: { url: string; token: string },
  stack: string,
): Promise<{ release(): Promise<void> }> {
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/api/stacks/${stack}${path}`, {
      method: "POST",
      headers: { authorization: `token ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${path} answered ${response.status}: ${await response.clone().text()}`);
    const text = await response.text();
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const { updateID } = await post("/update", {
    name: "life",
    runtime: "nodejs",
    options: {},
    config: {},
    metadata: { message: "", environment: {} },
  });
  await post(`/update/${String(updateID)}`, { tags: {} });
  return { release: async () => void (await post(`/update/${String(updateID)}/cancel`, {})) };
}
