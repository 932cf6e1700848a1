import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import {
  type Interrupted,
  type Interrupter,
  interrupter,
  type RunOptions,
} from "../../../../tests/helpers/interrupt-at.ts";
import { enginePath, openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { assertQuiet } from "../../../../tests/leak/quiet.ts";
import { callsFrom } from "../../../../tests/volume.ts";
import { type HostedStack, hostStack } from "../../src/cli/engine/stack-host.ts";

/**
 * `INTERRUPT_EVERY=N` ends commands at each N-th of their calls, `promote` and `rollback` also at the engine's (1 takes an
 * hour). By default those end at a few calls that matter, and commands that read only at each fourth.
 */
const EVERY = Number(process.env.INTERRUPT_EVERY ?? 0);
const OWN = EVERY || 4;
/** The calls of a command, of `count` in all, at which it is ended. */
const ownCalls = (count: number) => callsFrom(OWN, Number(process.env.SEED || 0), count);

const code = (version: string) => `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ version: "${version}", holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

/** Where a run is ended, in words, and how the call is told. */
interface Point extends Pick<RunOptions, "at" | "after" | "counts" | "signal"> {
  readonly where: string;
}

const on = (where: string, method: string, path: RegExp, more: Omit<Point, "where"> = {}): Point => ({
  where: `${more.signal ?? "SIGKILL"} ${more.after ? "after" : "at"} ${where}`,
  at: 1,
  counts: (call) => call.method === method && path.test(call.path),
  ...more,
});
const UPLOAD = ["the upload of the code", "PUT", /\/workers\/scripts\/[\w-]+(\?|$)/] as const;
const BEGIN = ["the begin of the update", "POST", /\/api\/stacks\/.*\/update\/[\w-]+$/] as const;
const END = ["the end of the update", "POST", /\/complete$/] as const;

describe("commands that are interrupted, and repeated", function () {
  this.timeout(1_800_000);
  const project = "halt";
  const values = { API_KEY: `${CANARY}halt-a`, TOP_SECRET: `${CANARY}halt-t` };
  let world: World;
  let cli: Interrupter;
  let dev: HostedStack;
  let prod: HostedStack;
  const root = () => join(world.folder, project);
  const writeCode = (version: string) => writeFileSync(join(root(), "worker/index.js"), code(version));
  const run = async (args: readonly string[], options?: RunOptions): Promise<Interrupted> => {
    const ended = await cli.run([...args, "--root", root()], options);
    assertQuiet(ended.stdout, ended.stderr);
    return ended;
  };
  const good = async (args: readonly string[]) => {
    const ended = await run(args);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return ended.stdout;
  };
  const running = async () => {
    const { url } = world.sandbox.description.workers;
    const { version, holds } = Object(await askWorker(url, "sample-prod", values.API_KEY));
    return { version, holds };
  };

  before(async () => {
    world = await openWorld();
    cli = await interrupter(world);
    mkdirSync(root());
    writeFileSync(join(root(), "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    dev = await world.stack({ project, code: code("one"), secrets: values });
    await world.stack({ project, stack: "prod", code: code("one"), secrets: values });
    await dev.up();
    await good(["promote", "dev", "prod", "--yes"]);
    writeCode("two");
    await dev.up();
    prod = await hostStack({
      project,
      stack: "prod",
      organization: world.sandbox.description.pulumi.organization,
      root: root(),
      engine: enginePath(),
      env: { ...world.env, PULUMI_BACKEND_URL: cli.pulumiUrl },
    });
  });
  after(async () => {
    await prod?.close();
    await cli?.close();
    await world?.close();
  });

  describe("promote and rollback, their own up among it", () => {
    const promote = ["promote", "dev", "prod", "--yes"];
    const rollback = ["rollback", "--stack", "prod", "--yes"];

    /** Runs it once more, after `pulumi cancel` where the engine left the stack locked; then it is done. */
    const repeat = async (args: readonly string[], where: string) => {
      const again = await run(args);
      if (again.code === 0) return;
      assert.match(again.stderr, /pulumi cancel \S+\/halt\/prod, and run this again/, where);
      await prod.automation.cancel();
      const last = await run(args);
      assert.equal(last.code, 0, `${where}: ${last.stdout}${last.stderr}`);
    };
    const endedBy = (ended: Interrupted, { signal = "SIGKILL", where }: Point) => {
      const said = `${where}: ${ended.code} ${ended.signal}\n${ended.stdout}${ended.stderr}`;
      if (signal === "SIGKILL") return assert.equal(ended.signal, "SIGKILL", said);
      assert.equal(ended.code, 130, said);
      assert.doesNotMatch(ended.stderr, /^\s+at .*:\d+:\d+/m);
    };
    /** One of them ended at a point, repeated, and the other one to come back by. */
    const round = async (which: "promote" | "rollback", point: Point) => {
      const [args, version, back] =
        which === "promote" ? ([promote, "two", rollback] as const) : ([rollback, "one", promote] as const);
      if ((await running()).version === version) await good(back);
      const ended = await run(args, point);
      // In a run of all calls the number of the last ones differs: by then it is done.
      if (point.counts === everyCall && ended.code === 0) return;
      endedBy(ended, point);
      await repeat(args, `${which}, ${point.where}`);
      assert.deepEqual(await running(), { version, holds: ["API_KEY"] }, `${which}, ${point.where}`);
    };
    const everyCall = () => true;

    // By turns, so that each begins where the one before has ended.
    for (const [which, point] of [
      ["promote", on(...BEGIN, { after: true })],
      ["rollback", on(...UPLOAD, { after: true })],
      ["promote", on(...END, { after: true })],
      ["rollback", on(...UPLOAD, { signal: "SIGINT" })],
      ["promote", on(...UPLOAD, { signal: "SIGINT" })],
    ] as const)
      it(`${which}: ${point.where}; a repeat converges`, () => round(which, point));
    // The engine hears of it too then, and must not hear twice: it would wait for the program for ever.
    (process.platform === "linux" ? it : it.skip)(
      "rollback: Ctrl-C in a terminal; a repeat converges",
      () => {
        let begun = false;
        return round("rollback", {
          where: "^C when the program reads",
          signal: "^C",
          at: 1,
          counts: ({ method, path }) => {
            begun ||= method === BEGIN[1] && BEGIN[2].test(path);
            return begun && method === "GET" && /\/workers\/scripts\//.test(path);
          },
        });
      },
    );
    for (const which of ["promote", "rollback"] as const) {
      if (EVERY > 0) {
        it(`${which}: SIGKILL at each ${EVERY}. call; a repeat converges`, async () => {
          const args = which === "promote" ? promote : rollback;
          const version = which === "promote" ? "two" : "one";
          if ((await running()).version === version) await good(which === "promote" ? rollback : promote);
          const { calls } = await run(args, { counts: everyCall });
          for (let at = EVERY; at <= calls.length; at += EVERY) {
            const after = at % 2 === 0 ? ({ after: true } as const) : {};
            await round(which, { where: `call ${at}: ${calls[at - 1]}`, at, counts: everyCall, ...after });
          }
        });
      }
    }

    it("rollback: SIGKILL at any of its own calls before the up changes nothing", async () => {
      if ((await running()).version === "one") await good(promote);
      const before = await state();
      // Without --yes it ends where it would ask.
      const asks = rollback.slice(0, -1);
      const { calls } = await run(asks);
      assert.ok(calls.length > 8, calls.join("\n"));
      for (const at of ownCalls(calls.length))
        endedBy(await run(asks, { at }), { where: calls[at - 1] ?? "" });
      assert.deepEqual(await state(), before);
    });

    it("leaves nothing to do, and nothing half done", async () => {
      // The checkout's code, so that its preview can be asked.
      if ((await running()).version === "one") await good(promote);
      await good(["drift", "--stack", "prod"]);
      assert.deepEqual(Object.keys((await prod.preview()).changes), ["same"]);
      const exported = Object(await world.client.exportStack(project, "prod"));
      assert.deepEqual(exported.pending_operations ?? [], []);
      const parts = readdirSync(root()).filter((name) => name.startsWith("."));
      assert.deepEqual(parts, [], "a part of a file is left");
    });
  });

  /** All that a command could change: Environments, state, history, the Worker, and the project's files. */
  const state = async () => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const asked = ["settings", "deployments", "versions"].map(async (path) => {
      const answer = await fetch(`${url}/accounts/${accountId}/workers/scripts/sample-prod/${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.ok(answer.ok);
      return answer.text();
    });
    const names = ["prod", "prod-secrets", "prod-cloudflare"];
    const files = readdirSync(root(), { recursive: true, encoding: "utf8" }).sort();
    return {
      environments: await Promise.all(
        names.map(async (name) => (await world.client.environment(`${project}/${name}`))?.revision),
      ),
      stack: await world.client.exportStack(project, "prod"),
      worker: await Promise.all(asked),
      files: files.map((name) => [name, readIfFile(join(root(), name))]),
    };
  };

  describe("commands that read only", () => {
    for (const command of ["doctor", "drift"]) {
      it(`${command}: SIGINT at any of its calls ends with 130, and has changed nothing`, async () => {
        const args = [command, "--stack", "prod", "--json"];
        const before = await state();
        const whole = await run(args);
        assert.ok(whole.calls.length > 5, whole.calls.join("\n"));
        for (const at of ownCalls(whole.calls.length)) {
          const ended = await run(args, { at, signal: "SIGINT" });
          const said = `call ${at}: ${ended.calls.at(-1)}\n${ended.stdout}${ended.stderr}`;
          assert.doesNotMatch(ended.stderr, /^\s+at .*:\d+:\d+|^node:internal/m, said);
          // With the answer to one of the last calls it may have had everything before it heard of the interruption.
          if (ended.code === whole.code && at > whole.calls.length - 3)
            assert.equal(JSON.parse(ended.stdout).ok, JSON.parse(whole.stdout).ok, said);
          else assert.equal(ended.code, 130, said);
        }
        assert.deepEqual(await state(), before);
      });
    }
  });

  describe("dev", () => {
    const file = () => join(root(), "worker/.dev.vars");
    const write = ["dev", "--write", "--stack", "prod"];
    const serve = ["dev", "--stack", "prod"];

    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      it(`${signal} at any of its calls: no server is left, nothing is on disk; a repeat writes the file`, async () => {
        const before = await state();
        const { calls } = await run(write);
        const whole = readFileSync(file(), "utf8");
        rmSync(file());
        assert.ok(calls.length >= 2, calls.join("\n"));
        for (const args of [write, serve]) {
          for (let at = 1; at <= calls.length; at++) {
            const ended = await run(args, { at, signal });
            if (signal === "SIGKILL") assert.equal(ended.signal, signal, ended.stderr);
            else assert.equal(ended.code, 130, `call ${at}: ${ended.stdout}${ended.stderr}`);
            assert.ok(!existsSync(file()));
          }
        }
        assert.deepEqual(await state(), before);
        const rows = execFileSync("ps", ["-eo", "args="], { encoding: "utf8" }).split("\n");
        assert.deepEqual(
          rows.filter((row) => /wrangler|workerd/.test(row) && row.includes(root())),
          [],
        );
        await good(write);
        assert.equal(readFileSync(file(), "utf8"), whole);
        rmSync(file());
      });
    }
  });
});

function readIfFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
