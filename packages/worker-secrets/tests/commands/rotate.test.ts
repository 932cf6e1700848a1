import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { filesThatHold } from "../../../../tests/helpers/search-files.ts";
import { killedCalls } from "../../../../tests/volume.ts";
import { decide } from "../../src/cli/commands/rotate/plan.ts";
import { generatedKey } from "../../src/cli/project/init-environments.ts";
import { CANARY, type WsStack, wsStack } from "./rotate-harness.ts";

const CODE = `export default { async fetch(request, env) {
  const asked = await request.text();
  return Response.json({ names: Object.keys(env).sort(), holds: Object.keys(env).filter((name) => env[name] === asked) });
} };\n`;

describe("ws rotate NAME", function () {
  this.timeout(180_000); // several ups in one test
  let stack: WsStack;
  const canary = () => `${CANARY}${generatedKey()}`;
  const first = { API_KEY: canary(), TOP_SECRET: canary() };
  const project = "turn";
  const holds = async (value: string) =>
    (await askWorker(stack.world.sandbox.description.workers.url, "sample-dev", value)).holds;
  const values = async () => {
    const opened = await stack.world.client.openEnvironment(`${project}/dev-secrets`);
    return Object(opened.environmentVariables) as Record<string, string>;
  };
  const rotate = (...args: string[]) => stack.good(["rotate", ...args]);

  before(async () => {
    stack = await wsStack({
      project,
      code: CODE,
      secrets: first,
      config: (directory) => ({ workers: [{ directory, optionalSecrets: ["API_KEY_PREVIOUS"] }] }),
    });
    await stack.host.up();
  });
  after(() => stack?.close());

  it("stores a value from standard input, deploys it and verifies it", async () => {
    const next = canary();
    const text = await stack.good(["rotate", "API_KEY", "--value", "-", "--json"], { input: `${next}\n` });
    const done = JSON.parse(text);
    assert.equal(done.deployed, true);
    assert.equal(done.versions.length, 1);
    assert.deepEqual(await holds(next), ["API_KEY"]);
    assert.deepEqual(await holds(first.TOP_SECRET), ["TOP_SECRET"]);
  });

  it("generates a key, and keeps the old one in an overlap until that is ended", async () => {
    const { API_KEY: old = "" } = await values();
    await rotate("API_KEY", "--generate", "--overlap");
    const now = await values();
    assert.equal(now.API_KEY_PREVIOUS, old);
    assert.match(now.API_KEY ?? "", /^[\w-]{43}$/);
    assert.deepEqual(await holds(old), ["API_KEY_PREVIOUS"]);
    assert.deepEqual(await holds(now.API_KEY ?? ""), ["API_KEY"]);
    const text = await stack.refused(["rotate", "API_KEY", "--generate", "--overlap"]);
    assert.match(text, /the last overlap has not been ended/);
    assert.equal((await values()).API_KEY_PREVIOUS, old);
    await rotate("API_KEY", "--end-overlap");
    assert.deepEqual(await holds(old), []);
    assert.equal((await values()).API_KEY_PREVIOUS, undefined);
    assert.match(await rotate("API_KEY", "--end-overlap", "--no-up"), /there was no overlap/);
  });

  it("refuses what it can't do, before anything is written", async () => {
    const revision = (await stack.world.client.environment(`${project}/dev-secrets`))?.revision;
    const refused = async (pattern: RegExp, ...args: string[]) =>
      assert.match(await stack.refused(["rotate", ...args]), pattern);
    await refused(/no Worker declares it/, "OTHER", "--generate");
    await refused(/the stack has no Worker 'nobody'/, "API_KEY", "--generate", "--worker", "nobody");
    await refused(/no terminal to ask/, "API_KEY");
    await refused(/is not made by a rotator/, "API_KEY", "--rotator");
    await refused(/needs 'TOP_SECRET_PREVIOUS'/, "TOP_SECRET", "--generate", "--overlap");
    await refused(/is empty/, "API_KEY", "--value", "-");
    assert.equal((await stack.run(["rotate", "API_KEY", "--generate", "--value", "-"])).code, 2);
    assert.equal((await stack.run(["rotate"])).code, 2);
    assert.equal((await stack.run(["rotate", "API_KEY", "--value", "x"])).code, 2);
    assert.equal((await stack.run(["rotate", "API_KEY", "--generate", "--verify-url", "notaurl"])).code, 2);
    assert.equal((await stack.world.client.environment(`${project}/dev-secrets`))?.revision, revision);
  });

  it("refuses to cut off a value that comes from elsewhere", async () => {
    const { client } = stack.world;
    const name = `${project}/dev-secrets`;
    const before = await client.environment(name, { decrypted: true });
    await client.updateEnvironment(
      name,
      `values:\n  base: {fn::secret: ${canary()}}\n  environmentVariables:\n    API_KEY: \${base}\n    TOP_SECRET: {fn::secret: ${first.TOP_SECRET}}\n`,
    );
    const refused = await stack.refused(["rotate", "API_KEY", "--generate"]);
    assert.match(refused, /'API_KEY' comes from the reference \$\{base\}; a literal here would hide it/);

    const shared = canary();
    await client.createEnvironment(`${project}/shared`);
    await client.updateEnvironment(
      `${project}/shared`,
      `values: {environmentVariables: {API_KEY: {fn::secret: ${shared}}}}\n`,
    );
    const importing = `imports: [${project}/shared]\nvalues:\n  environmentVariables:\n    TOP_SECRET: {fn::secret: ${first.TOP_SECRET}} # ours\n`;
    await client.updateEnvironment(name, importing);
    const revision = (await client.environment(name))?.revision;
    for (const args of [["--generate"], ["--generate", "--overlap"], ["--generate", "--no-up"]])
      assert.match(
        await stack.refused(["rotate", "API_KEY", ...args]),
        new RegExp(
          `'API_KEY' comes from the imported Environment ${project}/shared; a literal here would hide it`,
        ),
      );
    assert.equal((await client.environment(name))?.revision, revision);
    assert.equal((await values()).API_KEY, shared);
    await rotate("API_KEY", "--generate", "--no-up", "--detach");
    assert.ok((await values()).API_KEY !== shared, "the value of the import is still there");

    const text = (await client.environment(name))?.yaml ?? "";
    assert.match(text, /# ours/);
    await client.updateEnvironment(name, before?.yaml ?? "");
  });

  it("takes the form in which it stored a text with '${' for its own", async () => {
    const odd = `${CANARY}pa\${x}ss`;
    await stack.good(["rotate", "API_KEY", "--value", "-"], { input: odd });
    assert.ok((await values()).API_KEY === odd, "the value is not what was given");
    await rotate("API_KEY", "--generate");
    assert.ok(/^[\w-]{43}$/.test((await values()).API_KEY ?? ""), "no key was generated");
  });

  it("never loses the deployed value, killed at any of its own calls, before and after each", async function () {
    this.timeout(600_000);
    await stack.host.up();
    const { API_KEY: deployed = "" } = await values();
    const args = ["rotate", "API_KEY", "--generate", "--overlap", "--no-up"];
    for (const after of [{}, { after: true }] as const) {
      for (const at of killedCalls()) {
        const ended = await stack.run(args, { at, ...after });
        const now = await values();
        assert.ok([now.API_KEY, now.API_KEY_PREVIOUS].includes(deployed), `lost at ${ended.calls.at(-1)}`);
        if (ended.code === 0) {
          assert.ok(at > 5, "it made too few calls for this to be a test");
          break;
        }
        assert.equal(ended.signal, "SIGKILL", ended.stderr);
      }
    }
    await rotate("API_KEY", "--generate", "--overlap");
    const now = await values();
    assert.notEqual(now.API_KEY, deployed);
    assert.deepEqual(await holds(deployed), ["API_KEY_PREVIOUS"]);
    assert.deepEqual(await holds(now.API_KEY ?? ""), ["API_KEY"]);
    await rotate("API_KEY", "--end-overlap");
  });

  it("ends cleanly on SIGINT, and a repeat deploys what was stored", async () => {
    const next = canary();
    const sent = { input: next } as const;
    const args = ["rotate", "TOP_SECRET", "--value", "-"];
    await stack.good([...args, "--no-up"], sent);
    const other = canary();
    let isStored = false;
    const ended = await stack.run(args, {
      input: other,
      at: 1,
      signal: "SIGINT",
      counts: ({ method }) => {
        const counts = isStored;
        isStored ||= method === "PATCH";
        return counts;
      },
    });
    assert.equal(ended.code, 130, ended.stderr);
    assert.equal((await values()).TOP_SECRET, other);
    const deploying = await stack.run(args, {
      input: other,
      at: 1,
      signal: "SIGINT",
      counts: ({ method, path }) => method === "PUT" && /\/scripts\/sample-dev(\?|$)/.test(path),
    });
    assert.equal(deploying.code, 130, deploying.stderr);
    await stack.good(args, { input: other });
    assert.deepEqual(await holds(other), ["TOP_SECRET"]);
  });

  it("moves a pinned revision by one line, and says what stops a tag", async () => {
    const { client } = stack.world;
    const revision = (await client.environment(`${project}/dev-secrets`))?.revision ?? 0;
    appendFileSync(join(stack.root, "Pulumi.dev.yaml"), `  worker-secrets:secretsRevision: ${revision}\n`);
    const before = stack.file();
    const { API_KEY: old = "" } = await values();
    await rotate("API_KEY", "--generate");
    assert.equal(
      stack.file(),
      before.replace(`secretsRevision: ${revision}`, `secretsRevision: ${revision + 1}`),
    );
    assert.deepEqual(await holds(old), []);
    writeFileSync(
      join(stack.root, "Pulumi.dev.yaml"),
      before.replace(`secretsRevision: ${revision}`, "secretsRevision: stable"),
    );
    assert.match(await stack.refused(["rotate", "API_KEY", "--generate"]), /pinned to the tag 'stable'/);
  });

  it("has left no value in any file of the project", () => {
    assert.deepEqual(filesThatHold(stack.root, CANARY), []);
  });
});

describe("what rotate decides", () => {
  const isDeployed = (value: string) => value === "live";
  const situation = {
    stored: "live",
    previous: undefined,
    pinned: undefined,
    isDeployed,
    isLeftBehind: false,
    given: undefined,
  };
  it("keeps the deployed value, whatever is stored", () => {
    assert.deepEqual(decide("K", situation, true), { kind: "write", keep: "live" });
    assert.deepEqual(decide("K", { ...situation, stored: "new", previous: "live" }, true), {
      kind: "resume",
    });
    assert.deepEqual(decide("K", { ...situation, stored: "new", previous: "live", given: "newer" }, true), {
      kind: "write",
      keep: "live",
    });
    assert.equal(decide("K", { ...situation, stored: "new" }, true).kind, "refuse");
    assert.equal(decide("K", { ...situation, previous: "older" }, true).kind, "refuse");
    assert.deepEqual(decide("K", { ...situation, previous: "live" }, true), { kind: "write", keep: "live" });
  });
  it("does not take a value that was rolled back from for one that an interrupted run has left", () => {
    const after = { ...situation, stored: "bad", isLeftBehind: true };
    assert.deepEqual(decide("K", after, false), { kind: "write", keep: undefined });
    assert.deepEqual(decide("K", { ...after, given: "bad" }, false), { kind: "resume" });
    assert.deepEqual(decide("K", { ...after, pinned: "live" }, true), { kind: "write", keep: "live" });
    assert.deepEqual(decide("K", { ...after, previous: "live" }, true), { kind: "write", keep: "live" });
    assert.equal(decide("K", { ...after, previous: "older", pinned: "live" }, true).kind, "refuse");
    assert.equal(decide("K", { ...after, pinned: "other" }, true).kind, "refuse");
    assert.deepEqual(decide("K", { ...situation, isLeftBehind: true }, false), {
      kind: "write",
      keep: undefined,
    });
  });
  it("deploys what is stored and not deployed, and writes what is given", () => {
    assert.deepEqual(decide("K", { ...situation, stored: "new" }, false), { kind: "resume" });
    assert.deepEqual(decide("K", { ...situation, stored: "new", given: "new" }, false), { kind: "resume" });
    assert.deepEqual(decide("K", { ...situation, given: "new" }, false), { kind: "write", keep: undefined });
    assert.deepEqual(decide("K", { ...situation, isDeployed: undefined }, false), {
      kind: "write",
      keep: undefined,
    });
  });
});
