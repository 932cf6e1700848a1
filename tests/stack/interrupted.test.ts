import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import type { HostedStack } from "../../cli/stack-host.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

/** Kills the engines that this process runs, the way a machine that goes down would. */
function killEngines(): void {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" }).trim().split("\n");
  for (const row of rows) {
    const [pid, parent, command] = row.trim().split(/\s+/);
    if (Number(parent) === process.pid && command === basename(enginePath()))
      process.kill(Number(pid), "SIGKILL");
  }
}

/**
 * Only the engine was killed: the program goes on in this process, and what it says to the dead engine can fail as late
 * as in the next run, where the SDK reports it. A person's second `up` has a process of its own.
 */
async function upAgain(host: HostedStack): Promise<void> {
  await host.up().catch(async (error: unknown) => {
    if (!/14 UNAVAILABLE/.test(String(error))) throw error;
    await host.up();
  });
}

describe("an up that is killed", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  const moments = [
    /environment importing/,
    /names creating/,
    /WorkersScript sample creating/,
    /WorkersScriptSubdomain sample creating/,
  ];
  moments.forEach((moment, index) => {
    it(`converges after 'pulumi cancel' and another up: killed at ${moment.source}`, async () => {
      const project = `killed-${index}`;
      const host = await world.stack({ project, config: { scriptName: project } });
      let killed = false;
      const first = host.up((text) => {
        if (killed || !moment.test(text)) return;
        killed = true;
        killEngines();
      });
      await assert.rejects(first);
      assert.ok(killed, "it ended before the moment came");
      await host.automation.cancel();
      await upAgain(host);
      const { changes, text } = await host.preview();
      assert.deepEqual(Object.keys(changes), ["same"], text);
      const { url, token, accountId } = world.sandbox.description.cloudflare;
      const scripts = await fetch(`${url}/accounts/${accountId}/workers/scripts`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { result } = (await scripts.json()) as { result: { id: string }[] };
      assert.deepEqual(
        result.map(({ id }) => id).sort(),
        moments.slice(0, index + 1).map((_, earlier) => `killed-${earlier}`),
        "an orphan",
      );
    });
  });
});
