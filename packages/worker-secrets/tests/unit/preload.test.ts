import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { privateFolder } from "../../src/preload/private-folder.mjs";
import { quietSdk } from "../../src/preload/quiet-sdk.mjs";

const ROOT = join(import.meta.dirname, "../../../..");
const run = promisify(execFile);

/** What a program that uses the parts of the SDK that are put off gets. */
const PROGRAM = `
  import * as pulumi from "@pulumi/pulumi";
  import { Arborist } from "@npmcli/arborist";
  const captured = { answer: 42 };
  const { text } = await pulumi.runtime.serializeFunction(() => captured.answer);
  let place = "";
  try {
    await pulumi.runtime.serializeFunction(() => process.binding);
  } catch (error) {
    place = error.message;
  }
  const paths = await pulumi.runtime.computeCodePaths();
  const { LocalWorkspace } = pulumi.automation;
  console.log(JSON.stringify({
    text,
    place,
    packages: [...paths.keys()].filter((path) => path.endsWith("/hono")).length,
    automation: [typeof LocalWorkspace.create, "Stack" in pulumi.automation],
    arborist: typeof new Arborist({ path: "." }).loadActual,
  }));
`;

describe("preload: the SDK without what few programs use", function () {
  this.timeout(120_000);
  const folder = tempFolder();

  const node = (flags: readonly string[], code: string, env: Readonly<Record<string, string>> = {}) =>
    run(process.execPath, [...flags, "--input-type=module", "-e", code], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, ...env },
    });

  it("whoever does use it gets what the whole SDK gives", async () => {
    const [whole, lean] = await Promise.all([
      node([], PROGRAM),
      node(["--import", "./packages/worker-secrets/src/preload/preload.mjs"], PROGRAM),
    ]);
    assert.match(whole.stdout, /"automation":\["function",true\]/);
    assert.deepEqual(JSON.parse(lean.stdout), JSON.parse(whole.stdout));
  });

  it("where a trace is asked for, everything is loaded as the SDK does it", async () => {
    const code = `import { createRequire } from "node:module";
      console.log(Object.keys(createRequire(import.meta.url).cache).length);`;
    const loaded = async (env: Readonly<Record<string, string>>) =>
      Number(
        (await node(["--import", "./packages/worker-secrets/src/preload/preload.mjs"], code, env)).stdout,
      );
    assert.ok((await loaded({})) > 100);
    assert.equal(await loaded({ TRACEPARENT: "00-1-1-01" }), 0);
  });

  it("notes no stack with a promise, but where leaks of them are looked for", async () => {
    const code = `import debuggable from "@pulumi/pulumi/runtime/debuggable.js";
      const limit = Error.stackTraceLimit;
      const promise = Promise.resolve(1);
      await debuggable.debuggablePromise(promise, "a test");
      console.log(JSON.stringify([promise._debugStackTrace, promise._debugCtx, Error.stackTraceLimit === limit]));`;
    const noted = async (env: Readonly<Record<string, string>> = {}) =>
      JSON.parse(
        (await node(["--import", "./packages/worker-secrets/src/preload/preload.mjs"], code, env)).stdout,
      ) as [string, string, boolean];
    assert.deepEqual(await noted(), ["Error", "a test", true]);
    const [stack] = await noted({ PULUMI_DEBUG_PROMISE_LEAKS: "true" });
    assert.match(stack, /^Error\n +at .*debuggablePromise/);
  });

  it("keeps the SDK's own debug messages back, and lets a program's go their way", async () => {
    const passed: unknown[][] = [];
    const log = { debug: async (...args: unknown[]) => void passed.push(args) };
    const sdk = (name: string) => (name === "./log/index.js" ? log : {});
    quietSdk(sdk as unknown as NodeJS.Require, {});
    await log.debug("RegisterResource RPC finished: resource:a; err: null, resp: canary");
    await log.debug("Serialize property [a]: primitive=canary");
    await log.debug("Registered by hand", "a resource", 7);
    assert.deepEqual(passed, [["Registered by hand", "a resource", 7]]);
    const whole = { debug: log.debug };
    quietSdk((() => whole) as unknown as NodeJS.Require, { WORKER_SECRETS_SDK_DEBUG: "true" });
    assert.equal(whole.debug, log.debug);
  });

  it("runs at the same time share a compile cache that is this user's alone", async () => {
    const home = join(folder, "shared");
    const start = () =>
      node(["--import", "./packages/worker-secrets/src/preload/preload.mjs"], "", { XDG_CACHE_HOME: home });
    await Promise.all([start(), start(), start()]);
    await start();
    const cache = join(home, "worker-secrets", "compiled");
    assert.equal(statSync(cache).mode & 0o777, 0o700);
    const [version = ""] = readdirSync(cache);
    assert.ok(readdirSync(join(cache, version)).length > 100);
  });

  it("a home that can't be written is no obstacle", async () => {
    const { stdout } = await node(
      ["--import", "./packages/worker-secrets/src/preload/preload.mjs"],
      'import module from "node:module"; console.log(module.getCompileCacheDir());',
      { HOME: "/dev/null" },
    );
    assert.ok(stdout.startsWith(join(folder, "worker-secrets-")), stdout);
  });
});

describe("preload: a folder that is this user's alone", () => {
  const folder = tempFolder();
  const within = (name: string) => ({ XDG_CACHE_HOME: join(folder, name) });
  const { TMPDIR } = process.env;
  before(() => {
    process.env.TMPDIR = folder;
  });
  after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });

  it("is made below XDG_CACHE_HOME, else ~/.cache, with 0700", () => {
    const made = privateFolder("things", within("new"));
    assert.equal(made, join(folder, "new", "worker-secrets", "things"));
    assert.equal(statSync(made).mode & 0o777, 0o700);
    assert.equal(
      privateFolder("things", { HOME: folder }),
      join(folder, ".cache", "worker-secrets", "things"),
    );
  });

  it("is elsewhere when others may write to it, or it is a link", () => {
    const open = join(folder, "open", "worker-secrets", "things");
    mkdirSync(open, { recursive: true });
    chmodSync(open, 0o777);
    const linked = join(folder, "linked", "worker-secrets");
    mkdirSync(dirname(linked));
    symlinkSync(join(folder, "new", "worker-secrets"), linked);
    for (const name of ["open", "linked"])
      assert.ok(privateFolder("things", within(name))?.startsWith(join(folder, "worker-secrets-")));
  });
});
