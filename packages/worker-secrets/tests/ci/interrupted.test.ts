import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { type Interrupter, interrupter, type RunOptions } from "../../../../tests/helpers/interrupt-at.ts";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { enginePath, openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { assertQuiet } from "../../../../tests/leak/quiet.ts";
import { callsFrom, killedCalls } from "../../../../tests/volume.ts";
import { type HostedStack, hostStack } from "../../src/cli/engine/stack-host.ts";
import { BOT, type GitHubServer, REPOSITORY, startGitHub } from "./github-server.ts";

const HEAD = "a".repeat(40);
const RUN_URL = "https://github.com/acme/shop/actions/runs/3";

/** At every how many calls the removal of a review stack is killed; 1 tries all of them. */
const EVERY = Number(process.env.REVIEW_EVERY ?? 8);
const SEED = Number(process.env.SEED || 0);

describe("scripts that write to GitHub, ended at each of their calls and repeated", function () {
  this.timeout(300_000);
  const folder = tempFolder();
  let github: GitHubServer;
  before(async () => {
    github = await startGitHub();
  });
  after(() => github?.close());

  /**
   * Ends the script at its first call, its second, …, each time from the same beginning; then runs it again and looks. Once
   * by SIGINT too, of which its exit code tells. The call has had its effect by then: one that had none would leave what
   * the call before it left.
   */
  const endedEverywhere = async (
    script: readonly string[],
    env: () => Readonly<Record<string, string>>,
    begin: () => void,
    look: (where: string) => void,
    least: number,
  ) => {
    const start = () => runNode(script, { ...github.env, RUN_URL, ...env() });
    const again = async (where: string) => {
      const ended = await start().ended;
      assert.equal(ended.code, 0, `${where}: ${ended.stderr}`);
      look(where);
    };
    for (let at = 1; ; at++) {
      begin();
      const running = start();
      github.endAt(at, () => running.child.kill("SIGKILL"));
      const { code, signal } = await running.ended;
      github.endAt(0, () => undefined);
      if (code === 0) {
        assert.ok(at > least, `it made too few calls for this to be a test: ${at - 1}`);
        break;
      }
      assert.equal(signal, "SIGKILL");
      await again(`killed after ${github.asked.at(-1)}`);
    }
    begin();
    const running = start();
    // While it reads: of a write, the lost answer may be heard of before the signal is.
    github.endAt(1, () => running.child.kill("SIGINT"));
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.doesNotMatch(ended.stderr, /^\s+at .*:\d+:\d+/m);
    await again("interrupted");
  };

  const MARKER = "<!-- worker-secrets: pull request -->";
  const ours = (id: number, body = "old") => ({ id, body: `${MARKER}\n${body}`, user: BOT });
  for (const [situation, there, least] of [
    ["is made", [], 3],
    ["is rewritten", [ours(1)], 3],
    ["is the only one left of two", [ours(1), ours(2)], 4],
  ] as const) {
    it(`comment.ts: the one comment ${situation}`, async () => {
      const file = join(folder, "report.json");
      writeFileSync(file, JSON.stringify({ kind: "check", pull: 7, head: HEAD, outcome: "succeeded" }));
      const foreign = { id: 9, body: `${MARKER}\nmine`, user: { login: "mallory", type: "User" as const } };
      await endedEverywhere(
        ["packages/worker-secrets/src/cli/ci/comment.ts", file],
        () => ({ HEAD_SHA: HEAD }),
        () => {
          const head = { sha: HEAD, repo: { full_name: REPOSITORY } };
          github.pulls.set(7, { state: "open", head, created_at: "2026-11-01T00:00:00Z" });
          github.comments.set(7, [foreign, ...there.map((one) => ({ ...one }))]);
        },
        (where) => {
          const [other, ...own] = github.comments.get(7) ?? [];
          assert.deepEqual(other, foreign, where);
          assert.equal(own.length, 1, where);
          assert.match(own[0]?.body ?? "", /It passed/, where);
        },
        least,
      );
    });
  }

  const DRIFT_MARKER = "<!-- worker-secrets: drift -->";
  const issue = (number: number) => ({
    id: number,
    number,
    title: "Drift",
    body: `${DRIFT_MARKER}\nold`,
    user: BOT,
    state: "open" as const,
  });
  for (const [situation, there, drift, least] of [
    ["is opened", [], true, 2],
    ["is rewritten", [issue(1)], true, 2],
    ["is the only one left of two", [issue(1), issue(2)], true, 3],
    ["is closed", [issue(1)], false, 2],
  ] as const) {
    it(`drift-issue.ts: the one issue ${situation}`, async () => {
      const found = join(folder, `drift-${there.length}-${drift}`);
      mkdirSync(join(found, "drift-dev"), { recursive: true });
      const findings = drift ? [{ level: "drift", where: "shop-dev", what: "NEW_FINDING", fix: "-" }] : [];
      writeFileSync(join(found, "drift-dev", "drift.json"), JSON.stringify({ ok: true, drift, findings }));
      await endedEverywhere(
        ["packages/worker-secrets/src/cli/ci/drift-issue.ts", found, "dev"],
        () => ({}),
        () => {
          github.issues.splice(0, github.issues.length, ...there.map((one) => ({ ...one })));
        },
        (where) => {
          const open = github.issues.filter(({ state }) => state === "open");
          assert.equal(open.length, drift ? 1 : 0, where);
          for (const { body } of open) assert.match(body, /NEW&#95;FINDING/, where);
        },
        least,
      );
    });
  }
});

describe("scripts that make and remove review stacks, ended and repeated", function () {
  this.timeout(900_000);
  const project = "shop";
  const secrets = { API_KEY: `${CANARY}review-a`, TOP_SECRET: `${CANARY}review-t` };
  const code = `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;
  let world: World;
  let github: GitHubServer;
  let cli: Interrupter;
  let host: HostedStack | undefined;
  const root = () => join(world.folder, project);
  const report = () => join(world.folder, "report.json");

  const run = async (program: NonNullable<RunOptions["program"]>, options: RunOptions = {}) => {
    const ended = await cli.run([], {
      ...options,
      program,
      env: {
        ...github.env,
        PROJECT_ROOT: root(),
        ORGANIZATION: world.sandbox.description.pulumi.organization,
        PULL: "21",
        HEAD_SHA: HEAD,
      },
    });
    assertQuiet(ended.stdout, ended.stderr);
    return ended;
  };
  const node = (...args: string[]) => [process.execPath, ...args] as const;
  const open = (pull: number) => node("packages/worker-secrets/src/cli/ci/review.ts", "open", String(pull));
  const stackTs = (operation: string) =>
    node(
      "packages/worker-secrets/src/cli/ci/stack.ts",
      operation,
      `${world.sandbox.description.pulumi.organization}/pr-21`,
      report(),
    );
  const remove = ["bash", ".github/scripts/remove-reviews.sh", "21"] as const;
  const good = async (program: NonNullable<RunOptions["program"]>) => {
    const ended = await run(program);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return ended;
  };
  const isUpload: RunOptions["counts"] = ({ method, path }) =>
    method === "PUT" && /\/scripts\/sample-pr-21(\?|$)/.test(path);

  before(async () => {
    world = await openWorld();
    github = await startGitHub();
    cli = await interrupter(world);
    mkdirSync(root());
    writeFileSync(join(root(), "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    await world.stack({ project, code, secrets });
  });
  after(async () => {
    await host?.close();
    await cli?.close();
    await github?.close();
    await world?.close();
  });

  it("review.ts open: killed at each of its calls, it converges on what an undisturbed run makes", async () => {
    const made = async (pull: number) => ({
      texts: await Promise.all(
        ["", "-secrets", "-cloudflare"].map(async (end) =>
          (await world.client.environment(`${project}/pr-${pull}${end}`))?.yaml.replace(
            /digest: .*/,
            "digest",
          ),
        ),
      ).then((texts) => texts.map((text) => text?.replaceAll(`pr-${pull}`, "pr-N"))),
      stack: await world.client.stackExists(project, `pr-${pull}`),
      file: readFileSync(join(root(), `Pulumi.pr-${pull}.yaml`), "utf8").replaceAll(`pr-${pull}`, "pr-N"),
    });
    await good(open(20));
    const whole = await made(20);
    assert.ok(whole.stack && whole.texts.every((text) => text !== undefined));
    for (const at of killedCalls()) {
      const ended = await run(open(21), { at, after: true });
      if (ended.code === 0) {
        assert.ok(at > 5, "it made too few calls for this to be a test");
        break;
      }
      assert.equal(ended.signal, "SIGKILL", ended.stderr);
    }
    assert.deepEqual(await made(21), whole);
    const interrupted = await run(open(22), { at: 5, signal: "SIGINT" });
    assert.equal(interrupted.code, 130, interrupted.stderr);
    await good(open(22));
    assert.deepEqual(await made(22), whole);
  });

  it("stack.ts preview: no report of a run that was ended, a whole one of its repeat", async () => {
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      rmSync(report(), { force: true });
      const ended = await run(stackTs("preview"), {
        at: 1,
        signal,
        counts: ({ method, path }) => method === "GET" && /\/workers\/scripts\/sample-pr-21/.test(path),
      });
      if (signal === "SIGINT") assert.equal(ended.code, 130, ended.stderr);
      else assert.equal(ended.signal, signal, ended.stderr);
      assert.ok(!existsSync(report()));
    }
    await good(stackTs("preview"));
    const { outcome, secrets: names } = JSON.parse(readFileSync(report(), "utf8"));
    assert.deepEqual([outcome, names.added], ["succeeded", ["API_KEY", "TOP_SECRET"]]);
  });

  it("stack.ts up: a cancelled job leaves the stack free, a killed one says how to free it", async () => {
    const cancelled = await run(stackTs("up"), { at: 1, signal: "SIGINT", counts: isUpload });
    assert.equal(cancelled.code, 130, cancelled.stderr);
    await good(stackTs("up"));
    // A changed value, so that there is something to upload.
    await world.client.updateEnvironment(
      `${project}/dev-secrets`,
      `values:\n  environmentVariables:\n    API_KEY: {fn::secret: ${CANARY}review-b}\n    TOP_SECRET: {fn::secret: ${secrets.TOP_SECRET}}\n`,
    );
    const killed = await run(stackTs("up"), { at: 1, counts: isUpload });
    assert.equal(killed.signal, "SIGKILL", killed.stderr);
    const locked = await run(stackTs("up"));
    if (locked.code !== 0) {
      assert.match(locked.stderr, /pulumi cancel \S+\/shop\/pr-21, and run this again/);
      host = await hostStack({
        project,
        stack: "pr-21",
        organization: world.sandbox.description.pulumi.organization,
        root: root(),
        engine: enginePath(),
        env: { ...world.env, PULUMI_BACKEND_URL: cli.pulumiUrl },
      });
      await host.automation.cancel();
      await good(stackTs("up"));
    }
    const { url } = world.sandbox.description.workers;
    assert.deepEqual(await askWorker(url, "sample-pr-21", `${CANARY}review-b`), { holds: ["API_KEY"] });
  });

  it("review.ts expired: names no stack where it could not ask for all", async () => {
    const ended = await run(node("packages/worker-secrets/src/cli/ci/review.ts", "expired"), {
      at: 1,
      signal: "SIGINT",
    });
    assert.deepEqual([ended.code, ended.stdout], [130, ""], ended.stderr);
    assert.equal(
      (await good(node("packages/worker-secrets/src/cli/ci/review.ts", "expired"))).stdout,
      "20\n21\n22\n",
    );
  });

  it(`remove-reviews.sh: killed at every ${EVERY} calls, its repeat leaves no review stack`, async () => {
    for (const at of callsFrom(EVERY, SEED)) {
      const ended = await run(remove, { at, after: true });
      if (ended.code === 0) break;
      assert.equal(ended.signal, "SIGKILL", ended.stderr);
    }
    await good([...remove, "20", "22"]);
    for (const pull of [20, 21, 22]) {
      for (const end of ["", "-secrets", "-cloudflare"])
        assert.equal(await world.client.environment(`${project}/pr-${pull}${end}`), undefined);
      assert.equal(await world.client.stackExists(project, `pr-${pull}`), false);
    }
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const scripts = await fetch(`${url}/accounts/${accountId}/workers/scripts`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.deepEqual(((await scripts.json()) as { result: unknown[] }).result, []);
    assert.ok(await world.client.environment(`${project}/dev-secrets`), "dev was touched");
  });
});
