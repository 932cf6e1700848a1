import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { type Interrupter, interrupter } from "../../../../tests/helpers/interrupt-at.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { killedCalls } from "../../../../tests/volume.ts";
import type { HostedStack } from "../../src/cli/engine/stack-host.ts";
import { generatedKey, setVariables } from "../../src/cli/project/init-environments.ts";

const code = (version: string) => `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ version: "${version}", names: Object.keys(env).sort(), holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

describe("ws promote and ws rollback", () => {
  let world: World;
  let cli: Interrupter;
  let dev: HostedStack;
  const project = "shift";
  const canary = (name: string) => `canary-${name}-${generatedKey()}`;
  const devSecrets = { API_KEY: canary("dev-a"), TOP_SECRET: canary("dev-t") };
  const prodSecrets = { API_KEY: canary("prod-a"), TOP_SECRET: canary("prod-t") };
  const root = () => join(world.folder, project);
  const file = (stack: string) => join(root(), `Pulumi.${stack}.yaml`);
  const ask = (value = "") => askWorker(world.sandbox.description.workers.url, "sample-prod", value);
  const writeCode = (version: string) => writeFileSync(join(root(), "worker/index.js"), code(version));
  const quiet = (text: string) => assert.ok(!text.includes("canary"), "it printed a value");
  const ws = async (args: readonly string[], options = {}) => {
    const ended = await cli.run([...args, "--root", root()], options);
    quiet(ended.stdout + ended.stderr);
    return ended;
  };
  const good = async (...args: string[]) => {
    const ended = await ws(args);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return ended.stdout;
  };
  const refused = async (...args: string[]) => {
    const ended = await ws(args);
    assert.equal(ended.code, 1, ended.stdout + ended.stderr);
    return ended.stdout + ended.stderr;
  };

  before(async () => {
    world = await openWorld();
    cli = await interrupter(world);
    mkdirSync(root());
    writeFileSync(join(root(), "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    dev = await world.stack({ project, code: code("one"), secrets: devSecrets });
    await world.stack({
      project,
      stack: "prod",
      code: code("one"),
      secrets: prodSecrets,
      config: { promoteFrom: "dev" },
    });
  });
  after(async () => {
    await cli?.close();
    await world?.close();
  });

  /** While `work` runs, the target's Worker is asked all the time; gives what `work` gave. No request may fail. */
  const underLoad = async <T>(work: () => Promise<T>): Promise<T> => {
    let going = true;
    let asked = 0;
    const failures: unknown[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (going) {
        asked++;
        const answer = await ask(prodSecrets.API_KEY).catch((error: unknown) => error);
        if (answer instanceof Error) failures.push(answer.message);
      }
    });
    const done = await work().finally(() => {
      going = false;
    });
    await Promise.all(load);
    assert.deepEqual(failures, []);
    assert.ok(asked > 50, `only ${asked} requests`);
    return done;
  };

  it("refuses code that the source has not run, in the program and in the command", async () => {
    const text = await refused("promote", "dev", "prod", "--yes");
    assert.match(text, /stack .*shift\/dev: it is not there, or has never come up/);
    await dev.up();
    writeCode("other");
    assert.match(
      await refused("promote", "dev", "prod", "--yes"),
      /this checkout's code .* is not what dev runs/,
    );
    const prod = await world.stack({
      project,
      stack: "prod",
      code: code("other"),
      secrets: prodSecrets,
      config: { promoteFrom: "dev" },
    });
    await assert.rejects(prod.preview(), /the code of 'sample' .* is nothing that 'dev' has run/);
    writeCode("one");
    await prod.preview();
  });

  it("asks for a terminal or --yes, after it has shown the review", async () => {
    const text = await refused("promote", "dev", "prod");
    assert.match(text, /secrets {2}added: API_KEY, TOP_SECRET; removed: none; changed: none/);
    assert.match(text, /run the same command with --yes/);
  });

  it("writes one line with --no-up", async () => {
    const before = readFileSync(file("prod"), "utf8").split("\n");
    await good("promote", "dev", "prod", "--no-up");
    const after = readFileSync(file("prod"), "utf8").split("\n");
    assert.deepEqual(
      after.filter((line) => !before.includes(line)),
      [`  worker-secrets:secretsRevision: 2`],
    );
    assert.equal(after.length, before.length + 1);
    await assert.rejects(ask(), /404|403|500|no such/i);
  });

  it("deploys the same code with the target's own values, and a repeat has nothing to do", async () => {
    const done = JSON.parse(await good("promote", "dev", "prod", "--yes", "--json"));
    assert.equal(done.deployed, true);
    assert.deepEqual(done.workers[0].added, ["API_KEY", "TOP_SECRET"]);
    assert.deepEqual((await ask(prodSecrets.API_KEY)).holds, ["API_KEY"]);
    assert.equal(JSON.parse(await good("promote", "dev", "prod", "--yes", "--json")).deployed, false);
  });

  it("does not let a later value in before its revision is promoted; then under load, without one failed request", async () => {
    const next = canary("prod-a2");
    await setVariables(world.client, `${project}/prod-secrets`, [
      { name: "API_KEY", value: next, secret: true },
    ]);
    const held = JSON.parse(await good("promote", "dev", "prod", "--pin", "2", "--yes", "--json"));
    assert.equal(held.deployed, false);
    assert.match(
      await refused("promote", "dev", "prod", "--pin", "9", "--yes"),
      /'9' is no revision number or tag/,
    );
    writeCode("two");
    await dev.up();
    const done = JSON.parse(
      await underLoad(() => good("promote", "dev", "--stack", "prod", "--yes", "--json")),
    );
    assert.deepEqual(done.workers[0].changed, ["API_KEY"]);
    assert.deepEqual(done.pin, { from: "2", to: "3" });
    assert.deepEqual(
      { ...(await ask(next)) },
      { version: "two", names: ["API_KEY", "TOP_SECRET"], holds: ["API_KEY"] },
    );
  });

  it("rolls back to the previous code and values under load, without one failed request", async () => {
    const done = await underLoad(() => ws(["rollback", "--stack", "prod", "--yes", "--json"]));
    assert.equal(done.code, 0, done.stdout + done.stderr);
    assert.deepEqual(
      { ...(await ask(prodSecrets.API_KEY)) },
      { version: "one", names: ["API_KEY", "TOP_SECRET"], holds: ["API_KEY"] },
    );
    assert.match(readFileSync(file("prod"), "utf8"), /secretsRevision: 2\n/);
    assert.match(JSON.parse(done.stdout).next, /revert its commit/);
  });

  it("finds itself done when it is repeated, and goes where it is told", async () => {
    assert.equal(JSON.parse(await good("rollback", "--stack", "prod", "--yes", "--json")).deployed, false);
    assert.match(
      await refused("rollback", "--stack", "prod", "--to", "2"),
      /no terminal to ask in[\s\S]*--yes/,
    );
    assert.match(await refused("rollback", "--stack", "prod", "--yes", "--to", "99"), /'99' is no version/);
    await good("rollback", "--stack", "prod", "--yes", "--to", "2");
    assert.equal(Object(await ask()).version, "two");
  });

  it("refuses to go back to a stack's beginning that differs in nothing", async () => {
    assert.match(
      await refused("rollback", "--stack", "dev", "--yes", "--to", "0"),
      /no version of an update/,
    );
  });

  it("converges after it was killed at any of its own calls", async function () {
    this.timeout(300_000);
    const goal = async () => {
      assert.match(readFileSync(file("prod"), "utf8"), /secretsRevision: 3\n/);
      assert.equal(Object(await ask()).version, "two");
    };
    const plain = await ws(["promote", "dev", "prod", "--no-up"]);
    assert.ok(plain.calls.length >= 8, plain.calls.join("\n"));
    for (const at of killedCalls(plain.calls.length)) {
      const killed = await ws(["promote", "dev", "prod", "--no-up"], { at });
      assert.equal(killed.signal, "SIGKILL", killed.calls.join("\n"));
    }
    await good("promote", "dev", "prod", "--yes");
    await goal();
  });

  it("ends cleanly on SIGINT, and a repeat converges", async () => {
    const ended = await ws(["rollback", "--stack", "prod", "--yes", "--to", "1"], {
      at: 5,
      signal: "SIGINT",
    });
    assert.equal(ended.code, 130, ended.stdout + ended.stderr);
    await good("rollback", "--stack", "prod", "--yes", "--to", "1");
    assert.equal(Object(await ask()).version, "one");
  });
});
