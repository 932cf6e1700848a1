import assert from "node:assert/strict";
import { existsSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { runProcess } from "../../../../tests/helpers/process.ts";
import { filesThatHold } from "../../../../tests/helpers/search-files.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { reviewFile } from "../../src/cli/ci/review-file.ts";
import { generatedKey, setVariables } from "../../src/cli/project/init-environments.ts";
import { cloudVariables, type WsProject, wsProject } from "../commands/stack-project.ts";
import { type GitHubServer, REPOSITORY, startGitHub } from "./github-server.ts";

const CODE = `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;
const HEAD = "e".repeat(40);

describe("the stacks of pull requests (packages/worker-secrets/src/cli/ci/stack.ts, review.ts, remove-reviews.sh)", function () {
  this.timeout(180_000);
  let world: World;
  let github: GitHubServer;
  let dev: WsProject;
  const project = "shop";
  const canary = () => `canary-${generatedKey()}`;
  const values = { API_KEY: canary(), TOP_SECRET: canary() };
  const printed: string[] = [];
  const run = async (command: string, ...args: string[]) => {
    const { pulumi } = world.sandbox.description;
    const ended = await runProcess(command, args, {
      ...cloudVariables(world),
      ...github.env,
      PROJECT_ROOT: dev.root,
      ORGANIZATION: pulumi.organization,
      PULL: "7",
      HEAD_SHA: HEAD,
      REVIEW_DAYS: "14",
    }).ended;
    printed.push(ended.stdout, ended.stderr);
    return ended;
  };
  const good = async (command: string, ...args: string[]) => {
    const ended = await run(command, ...args);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return ended.stdout;
  };
  const report = () => JSON.parse(readFileSync(join(world.folder, "report.json"), "utf8"));
  const stackTs = (operation: string, stack: string) =>
    run(
      process.execPath,
      "packages/worker-secrets/src/cli/ci/stack.ts",
      operation,
      `${world.sandbox.description.pulumi.organization}/${stack}`,
      join(world.folder, "report.json"),
    );
  const review = (...args: string[]) =>
    good(process.execPath, "packages/worker-secrets/src/cli/ci/review.ts", ...args);
  const ask = (script: string, value: string) =>
    askWorker(world.sandbox.description.workers.url, script, value);
  const pull = (number: number, state: "open" | "closed", createdAt = new Date()) =>
    github.pulls.set(number, {
      state,
      head: { sha: HEAD, repo: { full_name: REPOSITORY } },
      created_at: createdAt.toISOString(),
    });

  before(async () => {
    world = await openWorld();
    github = await startGitHub();
    dev = await wsProject(world, { project, code: CODE, secrets: values });
    await dev.host.up();
  });
  after(async () => {
    await github?.close();
    await world?.close();
  });

  it("previews a pull request on dev: names of resources and secrets, no value", async () => {
    const none = await stackTs("preview", "dev");
    assert.equal(none.code, 0, none.stderr);
    assert.deepEqual([report().outcome, report().steps], ["succeeded", []]);
    await setVariables(world.client, `${project}/dev-secrets`, [
      { name: "API_KEY", value: canary(), secret: true },
    ]);
    await stackTs("preview", "dev");
    const { kind, pull: number, head, stack, steps, secrets } = report();
    assert.deepEqual({ kind, number, head, stack }, { kind: "preview", number: 7, head: HEAD, stack: "dev" });
    assert.deepEqual(secrets, { added: [], changed: ["API_KEY"], removed: [] });
    assert.deepEqual(
      steps.map(({ op, name }: { op: string; name: string }) => `${op} ${name}`),
      ["update sample"],
    );
    assert.deepEqual(await ask("sample-dev", values.API_KEY), { holds: ["API_KEY"] }, "a preview deployed");
  });

  it("reports why a preview failed, line by line, and fails itself", async () => {
    const wrangler = join(dev.directory, "wrangler.jsonc");
    const before = readFileSync(wrangler, "utf8");
    writeFileSync(wrangler, before.replace('"TOP_SECRET"', '"TOP_SECRET", "NOT_STORED"'));
    const failed = await stackTs("preview", "dev");
    writeFileSync(wrangler, before);
    assert.equal(failed.code, 1);
    assert.equal(report().outcome, "failed");
    assert.match(report().problems.join("\n"), /NOT_STORED/);
    assert.doesNotMatch(failed.stderr, /^\s+at /m);
  });

  it("opens a review stack with dev's values and its own Worker; a repeat changes nothing", async () => {
    const done = await review("open", "7");
    assert.match(done, /shop\/pr-7-secrets: imports shop\/dev-secrets/);
    assert.match(done, /stack pr-7: made/);
    const file = readFileSync(join(dev.root, "Pulumi.pr-7.yaml"), "utf8");
    assert.match(await review("open", "7"), /stack pr-7: there already/);
    assert.equal(readFileSync(join(dev.root, "Pulumi.pr-7.yaml"), "utf8"), file);
    const up = await stackTs("up", "pr-7");
    assert.equal(up.code, 0, up.stderr);
    assert.equal(report().stack, "pr-7");
    assert.deepEqual(report().secrets.added, ["API_KEY", "TOP_SECRET"]);
    assert.deepEqual(await ask("sample-pr-7", values.TOP_SECRET), { holds: ["TOP_SECRET"] });
    const next = canary();
    await setVariables(world.client, `${project}/dev-secrets`, [
      { name: "TOP_SECRET", value: next, secret: true },
    ]);
    await stackTs("up", "pr-7");
    assert.deepEqual(report().secrets.changed, ["TOP_SECRET"]);
    assert.deepEqual(await ask("sample-pr-7", next), { holds: ["TOP_SECRET"] });
    assert.deepEqual(
      await ask("sample-dev", values.TOP_SECRET),
      { holds: ["TOP_SECRET"] },
      "dev was touched",
    );
  });

  it("lists the ones to go: closed, gone, or too old", async () => {
    pull(7, "open");
    assert.equal(await review("expired"), "");
    await world.client.createStack(project, "pr-8");
    await world.client.createStack(project, "pr-9");
    await world.client.createStack(project, "pr-10");
    await world.client.createStack(project, "pr-nine");
    pull(8, "open", new Date(Date.now() - 15 * 86_400_000));
    pull(9, "closed");
    assert.equal(await review("expired"), "8\n9\n10\n");
  });

  it("removes them whole, one that fails not keeping the others, and can be repeated", async () => {
    const remove = (...pulls: string[]) => run("bash", ".github/scripts/remove-reviews.sh", ...pulls);
    const first = await remove("7; echo", "7", "9");
    assert.equal(first.code, 1);
    assert.match(first.stderr, /'7; echo' is no pull request's number/);
    for (const name of ["pr-7", "pr-7-secrets", "pr-7-cloudflare"])
      assert.equal(await world.client.environment(`${project}/${name}`), undefined, name);
    assert.equal(await world.client.stackExists(project, "pr-7"), false);
    assert.equal(await world.client.stackExists(project, "pr-9"), false);
    await assert.rejects(ask("sample-pr-7", ""));
    const again = await remove("7");
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await ask("sample-dev", values.TOP_SECRET), { holds: ["TOP_SECRET"] });
    assert.ok(await world.client.environment(`${project}/dev-secrets`));
  });

  it("refuses a review of a Worker with routes: it would take them from dev", async () => {
    const wrangler = join(dev.directory, "wrangler.jsonc");
    const before = readFileSync(wrangler, "utf8");
    writeFileSync(wrangler, before.replace("{", '{\n  "routes": ["example.com/shop/*"],'));
    const ended = await run(process.execPath, "packages/worker-secrets/src/cli/ci/review.ts", "open", "11");
    writeFileSync(wrangler, before);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /would take them away from dev[\s\S]*Pulumi\.review\.yaml/);
    assert.equal(await world.client.environment(`${project}/pr-11-secrets`), undefined);
  });

  it("says how it is called", async () => {
    for (const args of [
      ["open", "0"],
      ["open", "7", "8"],
      ["remove", "7"],
    ])
      assert.equal(
        (await run(process.execPath, "packages/worker-secrets/src/cli/ci/review.ts", ...args)).code,
        2,
        args.join(" "),
      );
    assert.equal(
      (await run(process.execPath, "packages/worker-secrets/src/cli/ci/stack.ts", "destroy", "dev")).code,
      2,
    );
  });

  it("has printed no value, nor written one into a file", () => {
    assert.ok(!printed.join("").includes("canary-"));
    // The packages, which are linked there, are nobody's values.
    unlinkSync(join(dev.root, "node_modules"));
    assert.deepEqual(filesThatHold(dev.root, "canary-"), []);
    assert.ok(existsSync(join(world.folder, "report.json")));
    assert.ok(!JSON.stringify(report()).includes("canary-"));
  });
});

describe("the config file of a review stack", () => {
  const base = (config: Record<string, unknown>) => stringify({ environment: ["shop/dev"], config });
  it("has the Workers and settings of its model, and nothing that is one stack's own", () => {
    const text = reviewFile(
      base({
        "worker-secrets:scriptName": "shop",
        "worker-secrets:prod": true,
        "worker-secrets:secretsRevision": 4,
        "worker-secrets:promoteFrom": "staging",
        "worker-secrets:deployments": { repository: "acme/shop" },
        "worker-secrets:organization": "other",
        "worker-secrets:workers": [
          { directory: "worker", scriptName: "shop", adopt: true, externalSecrets: ["X"] },
          "more",
        ],
        "other:key": "kept",
      }),
      "Pulumi.dev.yaml",
      "shop",
      "pr-3",
    );
    assert.deepEqual(parse(text), {
      environment: ["shop/pr-3"],
      config: { "worker-secrets:workers": [{ directory: "worker" }, "more"], "other:key": "kept" },
    });
  });
  it("refuses by name what is encrypted for another stack", () => {
    assert.throws(
      () => reviewFile(base({ "shop:key": { secure: "v1:abc" } }), "Pulumi.dev.yaml", "shop", "pr-3"),
      /Pulumi\.dev\.yaml, shop:key: it is encrypted for its own stack/,
    );
    assert.throws(() => reviewFile("- a\n", "Pulumi.dev.yaml", "shop", "pr-3"), /not a YAML mapping/);
  });
});
