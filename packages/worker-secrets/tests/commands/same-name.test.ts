import assert from "node:assert/strict";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { type WsProject, wsProject } from "./stack-project.ts";

const CODE = `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

/** Two projects made from one template: their wrangler files name the Worker the same, and they share the account. */
describe("two projects with the same Worker's name in one account", function () {
  this.timeout(180_000);
  let world: World;
  let first: WsProject;
  let second: WsProject;
  const values = (project: string) => ({
    API_KEY: `${CANARY}${project}-a`,
    TOP_SECRET: `${CANARY}${project}-t`,
  });
  const holds = async (script: string, value: string) =>
    (await askWorker(world.sandbox.description.workers.url, script, value)).holds;
  const stillFirst = async () =>
    assert.deepEqual(await holds("sample-dev", values("first").API_KEY), ["API_KEY"]);
  const make = (project: string) => wsProject(world, { project, code: CODE, secrets: values(project) });

  before(async () => {
    world = await openWorld();
    first = await make("first");
    second = await make("second");
    await first.host.up();
  });
  after(() => world?.close());

  it("the second one's preview and up are refused: whose Worker it is, and the way out", async () => {
    for (const run of [() => second.host.preview(), () => second.host.up()])
      await assert.rejects(run(), (error: Error) => {
        assert.match(error.message, /Worker 'sample-dev': the stack first\/dev made it/);
        assert.match(error.message, /'name' at \S*wrangler\.jsonc/);
        assert.match(error.message, /pulumi config set worker-secrets:scriptName NAME --stack dev/);
        return true;
      });
    await stillFirst();
  });

  it("'adopt: true' does not take it either", async () => {
    const adopting = await world.stack({
      project: "second",
      code: CODE,
      secrets: values("second"),
      config: (directory) => ({ workers: [{ directory, adopt: true }] }),
    });
    await assert.rejects(adopting.preview(), /the stack first\/dev made it/);
    await stillFirst();
  });

  it("doctor, drift and adopt name the other stack, and doctor tells nobody to delete what is another project's", async () => {
    // A stack of the first project that the second one does not have.
    const staging = await wsProject(world, {
      project: "third",
      stack: "staging",
      code: CODE,
      worker: GOOD,
      secrets: values("third"),
    });
    await staging.host.up();
    const doctor = JSON.parse((await second.ws("doctor", "--json")).stdout) as {
      checks: { check: string; status: string; detail: string }[];
    };
    const about = (check: string) => doctor.checks.filter((one) => one.check === check);
    const [worker] = about("Worker sample-dev");
    assert.equal(worker?.status, "fail");
    assert.match(worker?.detail ?? "", /the stack first\/dev made it/);
    assert.deepEqual(
      about("orphaned Workers").map(({ detail }) => detail),
      ["none"],
    );
    const drift = await second.ws("drift", "--json");
    assert.equal(drift.code, 1);
    assert.match(drift.stdout, /"kind":"worker-foreign".*the stack first\/dev made it/);
    const adopt = await second.ws("adopt", "sample-dev");
    assert.equal(adopt.code, 1);
    assert.match(adopt.stderr, /the stack first\/dev made it[\s\S]*pulumi stack rm dev --force/);
    await stillFirst();
  });

  it("teardown of the second one leaves the first one's Worker, and says so", async () => {
    const gone = await make("gone");
    const done = await gone.ws("teardown", "--yes", "dev", "--json");
    assert.equal(done.code, 0, done.stdout + done.stderr);
    assert.deepEqual(JSON.parse(done.stdout).leftAlone, ["sample-dev"]);
    assert.equal(await world.client.environment("gone/dev"), undefined);
    await stillFirst();
  });

  it("with a name of its own, the second one comes up beside it", async () => {
    const named = await world.stack({
      project: "second",
      code: CODE,
      secrets: values("second"),
      config: { scriptName: "second-dev" },
    });
    await named.up();
    assert.deepEqual(await holds("second-dev", values("second").API_KEY), ["API_KEY"]);
    await stillFirst();
  });

  it("a Worker moves to another project once the first one has let go of it", async () => {
    const { workspace, name } = first.host.automation;
    await workspace.removeStack(name, { force: true, preserveConfig: true });
    await stillFirst();
    const adopted = await second.ws("adopt", "sample-dev", "--dry-run", "--json");
    assert.equal(adopted.code, 0, adopted.stdout + adopted.stderr);
  });
});
