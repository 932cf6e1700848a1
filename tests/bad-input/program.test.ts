import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openWorld, type World } from "../helpers/world.ts";
import { programRows } from "./program-rows.ts";

describe("bad input through the program", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  programRows.forEach(({ title, given, breaks, says, after: putBack }, index) => {
    it(title, async () => {
      const project = `row-${index}`;
      const host = await world.stack({ project, ...given });
      await breaks?.(world, project, host);
      const before = await everything(world, project);
      for (const operation of [() => host.preview(), () => host.up()]) {
        const message = await operation().then(
          ({ text }) => assert.fail(`it went through:\n${text}\n${seenBy(world, project)}`),
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        for (const pattern of says) assert.match(message, pattern);
        assert.doesNotMatch(message, /^\s+at .*:\d+:\d+/m, "a stack trace");
        assert.doesNotMatch(message, /canary/, "a secret value");
      }
      assert.deepEqual(await everything(world, project), before, "something changed");
      await putBack?.(world);
    });
  });
});

/** The files that the program reads. */
function seenBy({ folder }: World, project: string): string {
  return ["Pulumi.dev.yaml", "worker/wrangler.jsonc"]
    .map((file) => `${file}:\n${readFileSync(join(folder, project, file), "utf8")}`)
    .join("\n");
}

/** What a refused command must leave as it is: the Environments' texts, the Workers, the stack's resources. */
async function everything({ sandbox, client }: World, project: string): Promise<unknown> {
  const { cloudflare } = sandbox.description;
  const scripts = await fetch(`${cloudflare.url}/accounts/${cloudflare.accountId}/workers/scripts`, {
    headers: { authorization: `Bearer ${cloudflare.token}` },
  });
  const state = await client.exportStack(project, "dev");
  return {
    environments: await Promise.all(
      ["dev", "dev-cloudflare", "dev-secrets"].map((name) => client.environment(`${project}/${name}`)),
    ),
    scripts: await scripts.json(),
    resources: resourcesOf(state),
  };
}

/**
 * The engine records the stack itself before the program's first line; everything else is the program's. What it registers
 * unchanged is encrypted again and can move in the list, but keeps its time of change.
 */
function resourcesOf(state: unknown): unknown[] {
  if (
    typeof state !== "object" ||
    state === null ||
    !("resources" in state) ||
    !Array.isArray(state.resources)
  )
    return [];
  return state.resources
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ urn, id, modified }) => [urn, id, modified])
    .sort();
}
