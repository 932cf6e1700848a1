import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "mocha";
import { runNode } from "../../../tests/helpers/process.ts";
import type { WorkersRuntime } from "../src/workers/index.ts";
import { newFolder, removeFolder } from "./cloudflare-harness.ts";
import { ask, eventually, live, runnable, type Sample, startOn, versionOf } from "./workers-harness.ts";

const KV = { name: "KV", type: "kv_namespace", namespaceId: "steady" } as const;

function numbered(number: number): Sample {
  return {
    source: `export default { async fetch(r, { KV }) {
      const count = Number(await KV.get("count") ?? 0);
      if (r.method === "POST") await KV.put("count", String(count + 1));
      return new Response("${number}");
    } };`,
    bindings: [KV],
  };
}

describe("sandbox/workers: upheaval", () => {
  const folder = newFolder();
  let runtime: WorkersRuntime;
  const start = async () => {
    runtime = await startOn(folder, { hangMs: 1000 });
  };
  before(start);
  after(async () => {
    await runtime.close();
    removeFolder(folder);
  });
  const get = (host: string, path = "/") => ask(runtime, `${host}.localhost`, path);

  it("drops no request while a Worker with bindings is deployed 20 times", async () => {
    runtime.deploy("busy", live(numbered(0)));
    runtime.deploy("light", live({ source: "export default { fetch: () => new Response('light') };" }));
    let going = true;
    let answered = 0;
    const client = async (host: string) => {
      while (going) {
        const answer = await get(host);
        assert.equal(answer.status, 200, answer.text);
        answered++;
      }
    };
    const clients = [...Array.from({ length: 20 }, () => client("busy")), client("light")];
    for (let round = 1; round <= 20; round++) {
      runtime.deploy("busy", live(numbered(round)));
      // Deployed means live.
      assert.equal((await get("busy")).text, String(round));
    }
    going = false;
    await Promise.all(clients);
    assert.ok(answered > 100, `${answered} answers`);
  });

  it("lets a request under way finish, and ends one that takes too long", async () => {
    const slow: Sample = {
      source: `export default { async fetch(r) {
        await scheduler.wait(Number(new URL(r.url).searchParams.get("ms")));
        return new Response("done");
      } };`,
      bindings: [KV],
    };
    runtime.deploy("slow", live(slow));
    assert.equal((await get("slow", "/?ms=0")).text, "done");
    const [short, long] = [get("slow", "/?ms=700"), get("slow", "/?ms=60000")];
    await new Promise((done) => setTimeout(done, 200));
    runtime.deploy("slow", live(slow));
    assert.equal((await get("slow", "/?ms=0")).text, "done");
    assert.equal((await short).text, "done");
    assert.equal((await long).status, 503);
  });

  it("splits the traffic between versions, and keeps their data together", async () => {
    const [a, b] = [numbered(1), numbered(2)];
    runtime.deploy("split", {
      ...live(a),
      versions: [versionOf("version-a", 50, a), versionOf("version-b", 50, b)],
      load: (id) => runnable(id === "version-a" ? a : b),
    });
    const seen = new Set<string>();
    for (let tries = 0; tries < 200 && seen.size < 2; tries++) seen.add((await get("split")).text);
    assert.deepEqual([...seen].sort(), ["1", "2"]);
  });

  for (const [kind, bindings] of Object.entries({ light: [], bound: [KV] })) {
    it(`replaces a workerd that hangs in a ${kind} Worker`, async () => {
      const source =
        "export default { fetch(r) { while (new URL(r.url).pathname === '/loop'); return new Response('ok'); } };";
      runtime.deploy("hangs", live({ source, bindings }));
      assert.equal((await get("hangs")).text, "ok");
      const answer = await get("hangs", "/loop");
      assert.equal(answer.status, 503);
      assert.match(answer.text, /^error code: 1102/);
      assert.equal((await get("hangs")).text, "ok");
    });
  }

  it("leaves a slow Worker alone", async () => {
    runtime.deploy(
      "patient",
      live({
        source:
          "export default { async fetch() { await scheduler.wait(2500); return new Response('at last'); } };",
      }),
    );
    assert.equal((await get("patient")).text, "at last");
  });

  it("ends with a process that is killed, and leaves nothing behind", async () => {
    await runtime.close();
    const { child, ended } = runNode(["packages/sandbox/tests/workers-child.ts", folder]);
    const started = await Promise.race([once(child.stdout ?? child, "data"), ended]);
    assert.ok(Array.isArray(started), JSON.stringify(started));
    const pids = readdirSync(join(folder, "processes")).map(Number);
    assert.equal(pids.length, 2, "the light and the bound workerd");
    const temporary = join(folder, "temporary");
    assert.ok(readdirSync(temporary).some((name) => name.startsWith("miniflare-")));
    child.kill("SIGKILL");
    await ended;
    await eventually("the end of every workerd", async () =>
      pids.every((pid) => !isAlive(pid)) ? true : undefined,
    );
    await start();
    assert.deepEqual(readdirSync(temporary), []);
    const found = await runtime.data.kv("steady").get("left");
    assert.equal(Buffer.from(found?.value ?? []).toString(), "behind");
  });

  it("ends what a killed process left, when it starts again at once", async () => {
    const stray = join(folder, "processes");
    // Not ours: whatever has the number by now must live.
    const other = spawn("sleep", ["60"]);
    writeFileSync(join(stray, String(other.pid)), "");
    await runtime.close();
    await start();
    assert.equal(existsSync(join(stray, String(other.pid))), false);
    assert.ok(other.pid !== undefined && isAlive(other.pid));
    other.kill();
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
