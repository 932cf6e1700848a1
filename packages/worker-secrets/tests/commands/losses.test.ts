import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Ended, runNode } from "../../../../tests/helpers/process.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { enginePath, openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { assertQuiet } from "../../../../tests/leak/quiet.ts";
import { hostStack } from "../../src/cli/engine/stack-host.ts";
import { restoreCommand } from "../../src/cli/project/deleted.ts";
import { defineEnvironment } from "../../src/program/definition.ts";
import { foreignDefinition } from "../../src/program/foreign-definition.ts";
import { MARK } from "../../src/program/mark.ts";
import { environmentNames } from "../../src/program/names.ts";
import { otherAccount } from "../../src/program/other-account.ts";
import { OwnedState } from "../../src/program/ownership.ts";
import { cloudVariables, type WsProject, wsProject } from "./stack-project.ts";

const WS = join(import.meta.dirname, "../../src/cli/ws.ts");
const PROJECT_NAME = "lossy";
const WORKER = { ...GOOD, name: "lossy", r2_buckets: [{ binding: "FILES" }] };

describe("renames and losses", function () {
  this.timeout(300_000);
  let world: World;
  let project: WsProject;
  const pulumi = (...args: string[]) =>
    promisify(execFile)(enginePath(), [...args, "--non-interactive"], {
      cwd: project.root,
      env: { ...process.env, ...cloudVariables(world) },
    });
  const refused = (ended: Ended): string => {
    assert.equal(ended.code, 1, ended.stdout + ended.stderr);
    assertQuiet(ended.stdout, ended.stderr);
    return ended.stdout + ended.stderr;
  };
  before(async () => {
    world = await openWorld();
    project = await wsProject(world, {
      project: PROJECT_NAME,
      worker: WORKER,
      secrets: { API_KEY: `${CANARY}a`, TOP_SECRET: `${CANARY}b` },
      config: (directory) => ({ workers: [{ directory, resources: { FILES: { declare: true } } }] }),
    });
  });
  after(() => world?.close());

  it("the preview refuses to replace an Environment of somebody else, and takes it with the mark", async () => {
    const name = `${PROJECT_NAME}/dev`;
    const theirs = defineEnvironment({ names: environmentNames(PROJECT_NAME, "dev") }).yaml.replace(
      "values:\n",
      "values:\n  theirs: 1\n",
    );
    await world.client.deleteEnvironment(name);
    await world.client.createEnvironment(name);
    await world.client.updateEnvironment(name, theirs);
    const before = await world.client.environment(name);
    await assert.rejects(
      project.host.preview(),
      /Environment lossy\/dev: it does not carry the mark of the stack \S+\/lossy\/dev .*It holds theirs, [\s\S]*worker-secrets init dev --dry-run/,
    );
    await assert.rejects(project.host.up(), /it does not carry the mark/);
    assert.deepEqual(await world.client.environment(name), before);
    await world.client.addEnvironmentTag(name, MARK, `${world.client.organization}/${name}`);
    await project.host.up();
  });

  it("a bucket that holds objects stops teardown by the API's code, before anything is deleted", async () => {
    const { url, token, accountId } = world.sandbox.description.cloudflare;
    const object = `${url}/accounts/${accountId}/r2/buckets/lossy-dev-files/objects/kept.txt`;
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(object, { method: "PUT", headers, body: "kept" })).status, 200);
    const before = await world.client.exportStack(PROJECT_NAME, "dev");
    assert.match(
      refused(await project.ws("teardown", "--yes", "dev")),
      /R2 bucket 'lossy-dev-files': it holds objects, .*\(10008\)[\s\S]*wrangler r2 object delete lossy-dev-files\/KEY/,
    );
    assert.deepEqual(await world.client.exportStack(PROJECT_NAME, "dev"), before);
    assert.equal((await fetch(object, { headers })).status, 200);
    assert.equal((await fetch(object, { method: "DELETE", headers })).status, 200);
  });

  it("another account in the Environment is named with what an update would delete in the old one", async () => {
    const { accountId } = world.sandbox.description.cloudflare;
    const state = new OwnedState(await world.client.exportStack(PROJECT_NAME, "dev"));
    const names = environmentNames(PROJECT_NAME, "dev");
    assert.deepEqual(otherAccount({ accountId, names, stack: "dev" }, state), []);
    const moved = "f".repeat(32);
    const [fault, ...others] = otherAccount({ accountId: moved, names, stack: "dev" }, state);
    assert.deepEqual(others, []);
    assert.match(
      fault?.what ?? "",
      new RegExp(`in the account ${accountId}, and this names the account ${moved}: .*Worker 'lossy-dev'`),
    );
    assert.match(fault?.what ?? "", /R2Bucket 'lossy-dev-files'/);
    assert.match(fault?.fix ?? "", new RegExp(`CLOUDFLARE_ACCOUNT_ID ${accountId}`));
  });

  it("deleted values are restored by the command that doctor and init give first", async () => {
    const name = `${PROJECT_NAME}/dev-secrets`;
    const before = await world.client.openEnvironment(name);
    await world.client.deleteEnvironment(name);
    const deletedAt = (await world.client.deletedAt(name)) ?? "";
    const command = restoreCommand(world.client.organization, name, deletedAt);
    const told = [
      refused(await project.ws("doctor")),
      refused(await project.ws("init")),
      refused(await project.ws("dev", "--write")),
    ];
    for (const text of told) {
      assert.ok(text.includes(`can be restored, with its values and revisions: ${command}`), text);
    }
    const [path = "", body = ""] = [/(\/api\S+)/.exec(command)?.[1], /--body '(.*)'$/.exec(command)?.[1]];
    const { url, token } = world.sandbox.description.pulumi;
    const headers = { authorization: `token ${token}`, "content-type": "application/json" };
    assert.equal((await fetch(`${url}${path}`, { method: "PUT", headers, body })).status, 204);
    assert.deepEqual(await world.client.openEnvironment(name), before);
  });

  it("a renamed stack is recognized by every command, no advice deletes its values, and both ways on work", async () => {
    await pulumi("stack", "rename", "live", "--stack", "dev");
    const ways =
      /the stack 'live'[\s\S]*it was renamed: its Environments are still lossy\/dev, [\s\S]*pulumi stack rename dev --stack live[\s\S]*pulumi env clone lossy\/dev-secrets lossy\/live-secrets/;
    const at = ["--root", project.root, "--stack", "live"];
    const run = (...args: string[]) => runNode([WS, ...args, ...at], cloudVariables(world)).ended;
    for (const args of [
      ["doctor"],
      ["init"],
      ["drift"],
      ["rotate", "API_KEY", "--generate"],
      ["teardown", "--yes", "live"],
    ]) {
      const text = refused(await run(...args));
      assert.match(text, ways, args.join(" "));
      assert.doesNotMatch(text, /env rm/, args.join(" "));
    }
    const live = await hostStack({
      project: PROJECT_NAME,
      stack: "live",
      organization: world.client.organization,
      root: project.root,
      engine: enginePath(),
      env: world.env,
    });
    try {
      const owned = new OwnedState(await world.client.exportStack(PROJECT_NAME, "live"));
      const { organization } = world.client;
      const definition = defineEnvironment({ names: environmentNames(PROJECT_NAME, "live") });
      const seen = {
        definition,
        organization,
        stackOrganization: organization,
        project: PROJECT_NAME,
        stack: "live",
        names: definition.names,
      };
      const [fault] = await foreignDefinition(world.client, seen, undefined, async () => owned);
      assert.match(fault?.what ?? "", /it was renamed: its Environments are still lossy\/dev/);
      const [from, to] = [environmentNames(PROJECT_NAME, "dev"), environmentNames(PROJECT_NAME, "live")];
      for (const key of ["cloudflare", "secrets"] as const)
        await pulumi("env", "clone", from[key], to[key], "--preserve-history");
      assert.match(
        (await run("init")).stdout,
        /the import of lossy\/dev becomes lossy\/live: the stack was renamed/,
      );
      await pulumi("config", "set", "worker-secrets:scriptName", "lossy-dev", "--stack", "live");
      const { text } = await live.preview();
      assert.doesNotMatch(text, /workersScript:WorkersScript.*(delete|replace)/i);
      const told = await run("doctor");
      assert.match(
        told.stdout,
        /orphaned Environments: lossy\/dev-secrets: .*every value of it is in lossy\/live-secrets/,
      );
    } finally {
      await live.close();
    }
  });
});
