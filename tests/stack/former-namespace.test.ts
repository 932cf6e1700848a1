import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Changes, HostedStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { CONFIG_KEYS } from "../../packages/worker-secrets/src/program/config-keys.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { openWorld, type World } from "../helpers/world.ts";

const PROJECT_NAME = "former";
const INPUTS = { names: environmentNames(PROJECT_NAME, "dev"), scripts: ["sample-dev"] };
const FORMER = defineEnvironment({ ...INPUTS, namespace: PROJECT_NAME }).yaml;

describe("a stack that a version before 0.2 deployed", function () {
  this.timeout(180_000);
  let world: World;
  let host: HostedStack;
  let file: string;

  before(async () => {
    world = await openWorld();
    host = await world.stack({ project: PROJECT_NAME });
    file = join(world.folder, PROJECT_NAME, "Pulumi.dev.yaml");
    await host.up();
    await makeFormer();
  });
  after(() => world?.close());

  /** The Environment and the state, as that version left them: the definition's text has the project's namespace. */
  const makeFormer = async () => {
    await world.client.updateEnvironment(`${PROJECT_NAME}/dev`, FORMER);
    const exported = await host.automation.exportStack();
    const { resources } = exported.deployment as { resources: StateResource[] };
    const [environment, ...others] = resources.filter(
      ({ type }) => type === "pulumiservice:api/esc:Environment",
    );
    assert.ok(environment?.inputs.yaml !== undefined && others.length === 0);
    environment.inputs.yaml = FORMER;
    environment.outputs.yaml = FORMER;
    await host.automation.importStack(exported);
  };

  /** Every step but that of the Environment leaves its resource as it is. */
  const changesDefinitionAlone = ({ changes, events, text }: Changes) => {
    const { same, ...others } = changes;
    assert.deepEqual(others, { update: 1 }, text);
    const changed = events.flatMap(({ resourcePreEvent: event }) =>
      event === undefined || event.metadata.op === "same" ? [] : [event.metadata],
    );
    assert.deepEqual(
      changed.map(({ op, type, diffs }) => ({ op, type, diffs })),
      [{ op: "update", type: "pulumiservice:api/esc:Environment", diffs: ["yaml"] }],
    );
  };

  it("previews a change of the definition's text and nothing else", async () => {
    changesDefinitionAlone(await host.preview());
  });

  it("previews the same where the stack's file imports a pinned revision of that definition", async () => {
    const { revision } = (await world.client.environment(`${PROJECT_NAME}/dev`)) ?? {};
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(`${PROJECT_NAME}/dev\n`, `${PROJECT_NAME}/dev@${revision}\n`));
    changesDefinitionAlone(await host.preview());
    writeFileSync(file, text);
  });

  const refused = async (at: string, text: string) => {
    const before = [readFileSync(at, "utf8"), await world.client.exportStack(PROJECT_NAME, "dev")] as const;
    writeFileSync(at, `${before[0]}${text}`);
    const told = await host.preview().then(
      () => assert.fail("it was not refused"),
      (error: unknown) => String(error),
    );
    assert.deepEqual(await world.client.exportStack(PROJECT_NAME, "dev"), before[1]);
    writeFileSync(at, before[0]);
    return told;
  };

  it("refuses each key of the stack's file that has the project's namespace, with its new name", async () => {
    const keys = Object.values(CONFIG_KEYS);
    const told = await refused(file, keys.map((key) => `  ${PROJECT_NAME}:${key}: "x"\n`).join(""));
    for (const key of keys)
      assert.match(told, new RegExp(`former:${key}: the key is called worker-secrets:${key} now`));
  });

  it("refuses keys without a namespace, in the stack's file and in Pulumi.yaml", async () => {
    const says = /former:prod: the key is called worker-secrets:prod now/;
    assert.match(await refused(file, "  prod: true\n"), says);
    assert.match(await refused(join(file, "../Pulumi.yaml"), "config:\n  prod: true\n"), says);
  });

  it("reads what Pulumi.yaml has under the new name", async () => {
    const told = await refused(join(file, "../Pulumi.yaml"), "config:\n  worker-secrets:prod: maybe\n");
    assert.match(told, /worker-secrets:prod: 'maybe' is neither true nor false/);
  });

  it("comes up, has the present keys then, and nothing is left to do", async () => {
    const { changes } = await host.up();
    assert.deepEqual(Object.keys(changes).sort(), ["same", "update"]);
    const stored = await world.client.environment(`${PROJECT_NAME}/dev`);
    const { pulumiConfig } = parse(stored?.yaml ?? "").values;
    const keys = ["digest", "accountId", "scripts", "secrets"].map((key) => `worker-secrets:${key}`);
    assert.deepEqual(Object.keys(pulumiConfig), keys);
    const { changes: again, text } = await host.preview();
    assert.deepEqual(Object.keys(again), ["same"], text);
  });
});

interface StateResource {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}
