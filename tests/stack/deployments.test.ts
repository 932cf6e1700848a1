import assert from "node:assert/strict";
import { Scalar } from "yaml";
import type { Fault } from "../../packages/worker-secrets/src/faults.ts";
import { parseDeployments } from "../../packages/worker-secrets/src/program/deployments-config.ts";
import { openWorld, type World } from "../helpers/world.ts";

const CONFIG = {
  repository: "acme/shop",
  paths: ["worker/**", "packages/**"],
  previewPullRequests: true,
  driftCron: "41 3 * * *",
  driftRemediate: true,
  ttl: quoted("2030-01-31T00:00:00Z"),
};

/** As a person has to write it; the library would leave the quotes out. */
function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

describe("the config key 'deployments'", function () {
  this.timeout(120_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());
  const call = async (project: string, path: string) => {
    const { url, token, organization } = world.sandbox.description.pulumi;
    const answer = await fetch(`${url}/api/stacks/${organization}/${project}/dev/deployments/${path}`, {
      headers: { authorization: `token ${token}` },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it("declares settings, the look for drift and the end of the stack, and takes them away with it", async () => {
    const stack = await world.stack({ project: "shop", config: { deployments: CONFIG } });
    await stack.up();
    const { body } = await call("shop", "settings");
    const { gitHub, sourceContext, operationContext } = body as {
      gitHub: Record<string, unknown>;
      sourceContext: { git: Record<string, unknown> };
      operationContext: { preRunCommands: string[]; options: Record<string, unknown> };
    };
    assert.equal(gitHub.repository, "acme/shop");
    assert.deepEqual(gitHub.paths, CONFIG.paths);
    assert.equal(gitHub.previewPullRequests, true);
    assert.ok(!gitHub.deployCommits && !gitHub.pullRequestTemplate);
    assert.equal(sourceContext.git.branch, "refs/heads/main");
    assert.match(operationContext.preRunCommands.join(), /npm ci --ignore-scripts/);
    assert.equal(operationContext.options.skipInstallDependencies, true);
    const { schedules } = (await call("shop", "schedules")).body as { schedules: Record<string, unknown>[] };
    assert.deepEqual(schedules.map(({ scheduleCron }) => scheduleCron).filter(Boolean), ["41 3 * * *"]);
    assert.equal(schedules.length, 2);
    const { changes } = await stack.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
    await stack.destroy();
    assert.equal((await call("shop", "settings")).status, 404);
  });

  it("declares nothing where it is not set", async () => {
    const stack = await world.stack({ project: "plain" });
    const { text } = await stack.preview();
    assert.doesNotMatch(text, /DeploymentSettings|Schedule/);
  });

  const rows: readonly [config: unknown, prod: boolean, says: RegExp][] = [
    [{}, false, /'deployments\.repository' is missing/],
    ["acme/shop", false, /'deployments' must be an object/],
    [{ repository: "shop" }, false, /'deployments\.repository' must be owner\/name/],
    [{ repository: "acme/shop", path: [] }, false, /'deployments\.path' is not known; known are repository/],
    [{ repository: "acme/shop", driftCron: "daily" }, false, /must be a cron expression of five fields/],
    [{ repository: "acme/shop", ttl: "tomorrow" }, false, /must be a time in quotes/],
    [{ repository: "acme/shop", driftRemediate: true }, false, /'driftRemediate' without 'driftCron'/],
    [
      { repository: "acme/shop", previewPullRequests: true },
      true,
      /runs the pull request's code with production's/,
    ],
    [{ repository: "acme/shop", ttl: "2030-01-31T00:00:00Z" }, true, /would destroy it/],
  ];
  for (const [config, prod, says] of rows) {
    it(`refuses ${JSON.stringify(config)}${prod ? " in production" : ""}`, () => {
      const faults: Fault[] = [];
      const raw = typeof config === "string" ? config : JSON.stringify(config);
      assert.equal(parseDeployments(raw, prod, "Pulumi.dev.yaml", faults), undefined);
      assert.match(faults.map(({ what }) => what).join("\n"), says);
    });
  }
});
