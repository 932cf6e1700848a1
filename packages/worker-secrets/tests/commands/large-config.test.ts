import assert from "node:assert/strict";
import { runNode } from "../../../../tests/helpers/process.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { cloudVariables, type WsProject, wsProject } from "./stack-project.ts";

const SECRETS = Object.fromEntries(
  Array.from({ length: 36 }, (_, index) => [`KEY_${index}`, CANARY.padEnd(4200, "x")] as const),
);
const TOO_LARGE =
  /takes 15\d{4} bytes of the 131072 that Linux gives one variable .*; the largest values: KEY_0 4204, .* and 31 more/;

describe("a stack's config that no program can be started with", function () {
  this.timeout(120_000);
  let world: World;
  let project: WsProject;
  before(async () => {
    world = await openWorld();
    const worker = { ...GOOD, name: "large", secrets: { required: Object.keys(SECRETS) } };
    project = await wsProject(world, { project: "large", worker, secrets: SECRETS });
  });
  after(() => world?.close());

  it("is named before the engine starts", async () => {
    let first = "";
    const { text } = await project.host.preview((output) => {
      first ||= output;
    });
    assert.match(first, /^Warning: /);
    assert.match(first, TOO_LARGE);
    assert.ok(!text.includes(CANARY), "it printed a value");
  });

  it("fails in doctor, in bytes", async () => {
    const { code, stdout } = await project.ws("doctor");
    assert.equal(code, 1);
    const line = stdout.split("\n").find((one) => /^FAIL.*large\/dev-secrets/.test(one));
    assert.match(line ?? stdout, TOO_LARGE);
  });

  it("lets a leaked key be replaced by one that is no larger, and by none that is", async () => {
    const command = ["packages/worker-secrets/src/cli/ws.ts", "rotate", "KEY_7", "--value", "-", "--no-up"];
    const rotate = (value: string) =>
      runNode([...command, "--root", project.root, "--stack", "dev"], cloudVariables(world), value).ended;
    const larger = await rotate(CANARY.padEnd(5000, "y"));
    assert.equal(larger.code, 1, larger.stderr);
    assert.match(larger.stderr, /takes 15\d{4} bytes .*; the largest values: KEY_7 5004, KEY_0 4204, /);
    const smaller = await rotate(CANARY.padEnd(60, "y"));
    assert.equal(smaller.code, 0, smaller.stderr);
  });
});
