import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { promisify } from "node:util";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { calledFrom } from "../../src/cli/project/npm-run.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const LAUNCHER = join(ROOT, "packages/worker-secrets/src/cli/ws.mjs");
const exec = promisify(execFile);

/** Makes whichever Node runs it say that it is an old one; what it starts itself is not told so. */
const OLD = [
  "--import",
  `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });")}`,
];

describe("the bin of ws", () => {
  const folder = tempFolder();

  it("runs the command, and ends with its exit code", async () => {
    const { stdout } = await exec(process.execPath, [LAUNCHER, "--help"]);
    assert.match(stdout, /^Usage: ws /);
    await assert.rejects(exec(process.execPath, [LAUNCHER, "doctor", "--nope"]), { code: 2 });
  });

  it("hands over from an old Node to the project's own: output, input, exit code", async () => {
    const { stdout } = await exec(process.execPath, [...OLD, LAUNCHER, "--help"]);
    assert.match(stdout, /^Usage: ws /);
    await assert.rejects(
      exec(process.execPath, [...OLD, LAUNCHER, "doctor", "--nope"]),
      (error: { code: number; stderr: string }) => error.code === 2 && /unknown option/.test(error.stderr),
    );
  });

  const CLI = join(ROOT, "packages/worker-secrets/src/cli");
  for (const [what, args, own] of [
    ["a command", [LAUNCHER, "doctor", "--root", folder], 1],
    ["the tour", [join(CLI, "commands/tour/main.ts"), "--port", "70000"], 2],
    ["a script of the workflows", [join(CLI, "ci/stack.ts")], 2],
  ] as const)
    it(`goes on to its own end where nobody reads its output any more: ${what}`, async () => {
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
      child.stdout.destroy();
      child.stderr.destroy();
      assert.equal(await new Promise((resolve) => child.on("close", resolve)), own);
    });

  it("takes relative paths from where 'npm run ws' was called, and finds the project upwards from there", async () => {
    const called = async (cwd: string, ...args: string[]) => {
      const env = { ...process.env, PULUMI_BACKEND_URL: "file://~" };
      const all = ["--prefix", ROOT, "run", "-s", "ws", "--", "drift", ...args];
      const { stderr } = await exec("npm", all, { cwd, env }).catch((error: { stderr: string }) => error);
      return stderr;
    };
    const project = join(realpathSync(folder), "project");
    mkdirSync(join(project, "below"), { recursive: true });
    assert.match(
      await called(project, "--root", "no"),
      /project\/no\/Pulumi\.yaml: the project's file can't/,
    );
    // Up to here there is none above, so it is the package's own, which gets as far as the login.
    assert.match(await called(project), /is no address of a Pulumi Cloud/);
    writeFileSync(join(project, "Pulumi.yaml"), "runtime: nodejs\n");
    assert.match(await called(join(project, "below")), /project\/Pulumi\.yaml: the project's file can't/);
  });

  it("goes nowhere where npm only started what started it", () => {
    const env = {
      npm_lifecycle_event: "ws",
      npm_package_json: join(ROOT, "package.json"),
      INIT_CWD: join(ROOT, "docs"),
    };
    assert.equal(calledFrom(env, ROOT), join(ROOT, "docs"));
    assert.equal(calledFrom(env, folder), undefined);
    assert.equal(calledFrom({ ...env, npm_lifecycle_event: "deploy" }, ROOT), undefined);
    assert.equal(calledFrom({ ...env, npm_package_json: join(folder, "package.json") }, ROOT), undefined);
    assert.equal(calledFrom({ ...env, INIT_CWD: join(ROOT, "gone") }, ROOT), undefined);
    assert.equal(calledFrom({}, ROOT), undefined);
  });

  it("says one clear line where there is no other Node", async () => {
    mkdirSync(join(folder, "packages/worker-secrets/src/cli"), { recursive: true });
    const alone = join(folder, "packages/worker-secrets/src/cli/ws.mjs");
    copyFileSync(LAUNCHER, alone);
    copyFileSync(
      join(ROOT, "packages/worker-secrets/src/unsupported-runtime.mjs"),
      join(folder, "packages/worker-secrets/src/unsupported-runtime.mjs"),
    );
    await assert.rejects(
      exec(process.execPath, [...OLD, alone, "--help"]),
      ({ code, stderr }: { code: number; stderr: string }) =>
        code === 1 &&
        /^ws needs Node 22\.18 or newer and was started by v\d+\.\d+\.\d+\. .*npm ci.*\n$/.test(stderr),
    );
  });

  it("ends as its child ends, on a signal too", async () => {
    // It waits for the answer of a server that never gives one.
    const { createServer } = await import("node:net");
    // Once: each of the calls that are made side by side comes here, and the second SIGINT ends at once.
    let interrupted = false;
    const silent = createServer((socket) => {
      socket.on("error", () => undefined);
      if (!interrupted) child.kill("SIGINT");
      interrupted = true;
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const child = spawn(process.execPath, [...OLD, LAUNCHER, "drift", "--stack", "dev", "--root", ROOT], {
      env: { ...process.env, PULUMI_BACKEND_URL: url, CLOUDFLARE_BASE_URL: url, PULUMI_ACCESS_TOKEN: "t" },
      stdio: "ignore",
      detached: true,
    });
    // As a terminal does it: to the whole group.
    child.kill = (signal) => process.kill(-(child.pid ?? 0), signal);
    const code = await new Promise((resolve) => child.on("close", resolve));
    silent.close();
    assert.equal(code, 130);
  });

  it("runs the sandbox, with the sandbox's own options and end", async () => {
    await assert.rejects(exec(process.execPath, [LAUNCHER, "sandbox", "--port", "no"]), { code: 2 });
    const args = [LAUNCHER, "sandbox", "--json", "--port", "0", "--data", join(folder, "data")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const { cloudflare } = JSON.parse(line) as { cloudflare: { url: string } };
    assert.equal((await fetch(`${cloudflare.url}/accounts`)).status, 400, "it asks for a token");
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });

  it("is what 'npx ws' runs in a checkout, without the network", async () => {
    const { stdout } = await exec("npx", ["--offline", "ws", "--help"], {
      cwd: ROOT,
      env: { ...process.env, npm_config_cache: join(folder, "cache") },
    });
    assert.match(stdout, /^Usage: ws /);
  });
});
