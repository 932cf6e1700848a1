import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { generatedKey, setVariables } from "../../src/cli/project/init-environments.ts";
import { CANARY, type WsStack, wsStack } from "./rotate-harness.ts";

const code = (version: string) => `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ version: "${version}", holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

/** Commands that store something before their `up`, and what becomes of it where the program refuses that `up`. */
describe("an up that is refused, and one that was rolled back", function () {
  this.timeout(240_000);
  const project = "halted";
  const canary = () => `${CANARY}${generatedKey()}`;
  const secrets = { API_KEY: canary(), TOP_SECRET: canary() };
  let stack: WsStack;
  const file = (name = "dev") => stack.file(name);
  const client = () => stack.world.client;
  const revision = async () => (await client().environment(`${project}/dev-secrets`))?.revision;
  const valueIn = async (name: string) =>
    Object(Object(await client().openEnvironment(`${project}/dev-secrets`)).environmentVariables)[name];
  const holds = async (value: string, worker = "sample-dev") =>
    (await askWorker(stack.world.sandbox.description.workers.url, worker, value)).holds;
  const run = async (code: number, ...args: string[]) => {
    const ended = await stack.run(args);
    assert.equal(ended.code, code, ended.stdout + ended.stderr);
    return ended;
  };
  /** A secret that nobody declared, by which the program's guard refuses every update. */
  const intruder = async (method: "PUT" | "DELETE", worker = "sample-dev") => {
    const { url, accountId, token } = stack.world.sandbox.description.cloudflare;
    const below = method === "PUT" ? "" : "/INTRUDER";
    const answer = await fetch(`${url}/accounts/${accountId}/workers/scripts/${worker}/secrets${below}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(method === "PUT"
        ? { body: JSON.stringify({ name: "INTRUDER", text: "sample", type: "secret_text" }) }
        : {}),
    });
    assert.ok(answer.ok, await answer.text());
  };

  before(async () => {
    stack = await wsStack({ project, code: code("one"), secrets });
    await stack.world.stack({ project, stack: "prod", code: code("one"), secrets });
    await stack.host.up();
    await run(0, "promote", "dev", "prod", "--yes");
  });
  after(() => stack?.close());

  it("rotate says what is stored, gives the faults, and its repeat deploys that", async () => {
    await intruder("PUT");
    const before = await revision();
    const refused = await run(1, "rotate", "TOP_SECRET", "--generate", "--stack", "dev", "--json");
    const { message, faults, effect } = JSON.parse(refused.stdout);
    const stored = { environment: `${project}/dev-secrets`, revision: (before ?? 0) + 1 };
    assert.equal(await revision(), stored.revision);
    assert.deepEqual(effect, [{ kind: "stored", names: ["TOP_SECRET"], ...stored }]);
    assert.doesNotMatch(message, /nothing was changed/);
    const done = `Done before that:\n  ${stored.environment}: stored TOP_SECRET (revision ${stored.revision})`;
    assert.ok(message.includes(`${done}\nNothing was deployed.\nThe same command again`), message);
    assert.deepEqual(Object.keys(faults[0]), ["where", "what", "fix"]);
    assert.match(faults[0].where, /INTRUDER/);
    const value = await valueIn("TOP_SECRET");
    assert.deepEqual(await holds(value), []);
    await intruder("DELETE");
    await run(0, "rotate", "TOP_SECRET", "--generate", "--stack", "dev");
    assert.equal(await valueIn("TOP_SECRET"), value);
    assert.deepEqual(await holds(value), ["TOP_SECRET"]);
  });

  it("promote and rollback leave the pin as it was: nothing was changed", async () => {
    await setVariables(client(), `${project}/prod-secrets`, [
      { name: "API_KEY", value: canary(), secret: true },
    ]);
    await intruder("PUT", "sample-prod");
    const before = file("prod");
    const refused = await run(1, "promote", "dev", "prod", "--yes", "--json");
    assert.match(JSON.parse(refused.stdout).message, /nothing was changed/);
    assert.deepEqual(JSON.parse(refused.stdout).effect, [{ kind: "none" }]);
    assert.equal(JSON.parse(refused.stdout).faults.length, 1);
    assert.equal(file("prod"), before);
    await intruder("DELETE", "sample-prod");
    await run(0, "promote", "dev", "prod", "--yes");
    const after = file("prod");
    assert.notEqual(after, before);
    await intruder("PUT", "sample-prod");
    assert.match((await run(1, "rollback", "--stack", "prod", "--yes")).stderr, /nothing was changed/);
    assert.equal(file("prod"), after);
    await intruder("DELETE", "sample-prod");
    await run(0, "rollback", "--stack", "prod", "--yes");
    assert.equal(file("prod"), before);
  });

  it("a rollback that is repeated brings its pin back, where somebody has moved it", async () => {
    const back = file("prod");
    const moved = back.replace(/secretsRevision: \d+/, "secretsRevision: 3");
    assert.notEqual(moved, back);
    writeFileSync(join(stack.root, "Pulumi.prod.yaml"), moved);
    const done = JSON.parse((await run(0, "rollback", "--stack", "prod", "--yes", "--json")).stdout);
    assert.deepEqual([done.deployed, done.file.written], [false, true]);
    assert.equal(file("prod"), back);
  });

  it("rotate after a rollback makes a new value: what was rolled back from is not deployed again", async () => {
    const { TOP_SECRET: old } = { TOP_SECRET: await valueIn("TOP_SECRET") };
    await run(0, "rotate", "TOP_SECRET", "--generate", "--stack", "dev");
    const bad = await valueIn("TOP_SECRET");
    await run(0, "rollback", "--stack", "dev", "--yes");
    assert.deepEqual(await holds(old), ["TOP_SECRET"]);
    await run(0, "rotate", "TOP_SECRET", "--generate", "--stack", "dev");
    const next = await valueIn("TOP_SECRET");
    assert.ok(next !== bad && next !== old);
    assert.deepEqual(await holds(next), ["TOP_SECRET"]);
    assert.deepEqual(await holds(bad), []);
  });

  it("rotate of a pinned stack refuses to deploy what else was changed since, by name", async () => {
    assert.match(file(), /secretsRevision: \d+/);
    await setVariables(client(), `${project}/dev-secrets`, [
      { name: "API_KEY", value: canary(), secret: true },
    ]);
    const before = [file(), await revision()];
    const { stderr } = await run(1, "rotate", "TOP_SECRET", "--generate", "--stack", "dev");
    assert.match(stderr, /differs from the pinned one \(\d+\) in API_KEY too/);
    assert.match(stderr, /pulumi env version rollback halted\/dev-secrets@\d+/);
    assert.deepEqual([file(), await revision()], before);
  });
});
