import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../../../../tests/helpers/process.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { environmentUpkeep } from "../../src/api/pulumi-revisions.ts";
import { LOOSE_PIN } from "../../src/program/definition.ts";
import { cloudVariables, type WsProject, wsProject } from "./stack-project.ts";

const PART = "shared/mid@2 imports shared/base without a revision";

describe("a pinned revision that does not hold its values", function () {
  this.timeout(120_000);
  let world: World;
  let project: WsProject;
  let pin: string;
  const file = () => join(project.root, "Pulumi.dev.yaml");
  const store = async (name: string, yaml: string) => {
    await world.client.createEnvironment(name);
    await world.client.updateEnvironment(name, yaml);
    const { pulumi } = world.sandbox.description;
    const [latest] = await environmentUpkeep(pulumi, pulumi.organization, name).revisions();
    return String(latest?.number);
  };
  before(async () => {
    world = await openWorld();
    project = await wsProject(world, { project: "pinned", worker: { ...GOOD, name: "pinned" } });
    await store("shared/base", `values: {environmentVariables: {API_KEY: {fn::secret: ${CANARY}a}}}`);
    const mid = await store("shared/mid", "imports: [shared/base]");
    assert.equal(mid, "2");
    pin = await store(
      "pinned/dev-secrets",
      `imports: [shared/mid@${mid}]\nvalues: {environmentVariables: {TOP_SECRET: {fn::secret: ${CANARY}b}}}`,
    );
    writeFileSync(file(), `${readFileSync(file(), "utf8")}  worker-secrets:secretsRevision: ${pin}\n`);
  });
  after(() => world?.close());

  it("is named by the preview and by the definition that it declares, and the next preview is clean", async () => {
    const { text } = await project.host.preview();
    assert.ok(text.includes(`The pinned values can change without a change of the pin: ${PART}.`), text);
    await project.host.up();
    const stored = await world.client.environment("pinned/dev");
    assert.ok(stored?.yaml.includes(`${LOOSE_PIN}${PART}\n`), stored?.yaml);
    const { changes } = await project.host.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("is named by doctor, beside the values that it has", async () => {
    const { stdout } = await project.ws("doctor");
    assert.match(stdout, /^ok {4}Environment pinned\/dev-secrets: has all 2 declared values$/m);
    assert.ok(
      stdout.includes(
        `warn  Environment pinned/dev-secrets: is pinned, and can change: ${PART}\n        To hold it: `,
      ),
      stdout,
    );
  });

  it("is named by the review of a promotion", async () => {
    const other = await world.stack({
      project: "pinned",
      stack: "prod",
      worker: { ...GOOD, name: "pinned" },
    });
    await other.close();
    await store(
      "pinned/prod-secrets",
      "imports: [shared/mid@2]\nvalues: {environmentVariables: {TOP_SECRET: x}}",
    );
    const { stdout, stderr } = await runNode(
      ["packages/worker-secrets/src/cli/ws.ts", "promote", "dev", "prod", "--no-up", "--root", project.root],
      cloudVariables(world),
    ).ended;
    assert.match(
      stdout,
      /can change without a change of the pin: shared\/mid@2 imports shared\/base/,
      stderr,
    );
    assert.ok(!(stdout + stderr).includes(CANARY));
  });

  it("holds once its imports are pinned", async () => {
    const base = await store(
      "shared/base",
      `values: {environmentVariables: {API_KEY: {fn::secret: ${CANARY}c}}}`,
    );
    const mid = await store("shared/mid", `imports: [shared/base@${base}]`);
    const next = await store(
      "pinned/dev-secrets",
      `imports: [shared/mid@${mid}]\nvalues: {environmentVariables: {TOP_SECRET: {fn::secret: ${CANARY}b}}}`,
    );
    writeFileSync(
      file(),
      readFileSync(file(), "utf8").replace(`secretsRevision: ${pin}`, `secretsRevision: ${next}`),
    );
    const { text } = await project.host.up();
    assert.doesNotMatch(text, /can change without a change of the pin/);
    assert.ok(!(await world.client.environment("pinned/dev"))?.yaml.includes(LOOSE_PIN));
  });
});
