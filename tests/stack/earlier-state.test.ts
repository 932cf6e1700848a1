import assert from "node:assert/strict";
import { deployedOf } from "../../packages/worker-secrets/src/program/deployed.ts";
import { openWorld, type World } from "../helpers/world.ts";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

const COMPONENT = "worker-secrets:index:StackEnvironment";
const ENVIRONMENT = "pulumiservice:api/esc:Environment";

/**
 * The state as version 0.1 left it: the Environment a resource of the stack itself, no component around it, and the summary of the one
 * Worker among the stack's outputs instead of its component's.
 */
function asVersion01(resources: readonly Resource[]): readonly Resource[] {
  const component = resources.find(({ type }) => type === COMPONENT);
  const worker = resources.find(({ type }) => type === "worker-secrets:index:SecretWorker");
  assert.ok(component !== undefined && worker !== undefined);
  const flat = component.urn.replace(COMPONENT, ENVIRONMENT);
  const summary = Object(worker.outputs).summary;
  const kept = resources.filter(({ type }) => type !== COMPONENT);
  const text = JSON.stringify(kept)
    .replaceAll(`${COMPONENT}$${ENVIRONMENT}`, ENVIRONMENT)
    .replaceAll(component.urn, flat);
  return (JSON.parse(text) as Resource[])
    .map((one): Resource => {
      if (one.type === "pulumi:pulumi:Stack") {
        const { workers: _, ...common } = Object(one.outputs);
        return { ...one, outputs: { ...common, ...summary } };
      }
      if (one.urn === flat) return { ...one, parent: component.parent ?? "" };
      return one.urn === worker.urn ? { ...one, outputs: { scriptName: summary.scriptName } } : one;
    })
    .sort((left, right) => rank(left) - rank(right));
}

/** What others depend on comes first in a state. */
function rank({ type }: Resource): number {
  return ["pulumi:pulumi:Stack", "pulumi:providers:pulumiservice", ENVIRONMENT].indexOf(type) + 1 || 4;
}

describe("a state that version 0.1 left, of a project with another name", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  it("previews without a delete or a replacement, and one up moves it", async () => {
    const host = await world.stack({ project: "shop" });
    await host.up();
    const { same = 0, ...others } = (await host.preview()).changes;
    assert.deepEqual(others, {});
    const state = await host.automation.exportStack();
    const { deployment } = state as { deployment: { resources: readonly Resource[] } };
    await host.automation.importStack({
      ...state,
      deployment: { ...deployment, resources: asVersion01(deployment.resources) },
    });
    const { changes, text } = await host.preview();
    assert.deepEqual(changes, { create: 1, same: same - 1 }, text);
    assert.match(text, /StackEnvironment environment create/);
    await host.up();
    assert.deepEqual((await host.preview()).changes, { same });
    const after = await host.automation.exportStack();
    assert.deepEqual(
      deployedOf(after.deployment)?.workers.map(({ name }) => name),
      ["sample"],
    );
    await host.close();
  });
});
