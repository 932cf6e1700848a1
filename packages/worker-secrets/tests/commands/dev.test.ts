import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "dotenv";
import { filesThatHold } from "../../../../tests/helpers/search-files.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { generatedKey, setVariables } from "../../src/cli/project/init-environments.ts";
import { type WsProject, wsProject } from "./stack-project.ts";

const CANARY = "canary-value-";
/** Tells everything that it finds in `env`; it only ever runs here. */
const CODE =
  'import * as process from "node:process"; export default { fetch: (request, env) => Response.json({ env, process: process.env }) };\n';
const WORKER = {
  ...GOOD,
  compatibility_flags: ["nodejs_compat"],
  vars: { GREETING: "hello", LANG: "from the file" },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Every process that works in the folder or has it in its command line, as the system tells it. */
function processesIn(folder: string): string[] {
  return execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((row) => (row.includes(folder) || worksIn(row, folder)) && !row.includes("tests/run.ts"));
}

function worksIn(row: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${row.trim().split(/\s+/)[0]}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}

describe("ws dev", function () {
  this.timeout(180_000);
  let world: World;
  let project: WsProject;
  const values = {
    API_KEY: `${CANARY}a "quoted" \\$HOME $PATH \`x\` 'y'`,
    TOP_SECRET: `${CANARY}-----BEGIN-----\nline\n-----END-----\n`,
  };
  before(async () => {
    world = await openWorld();
    project = await wsProject(
      world,
      { project: "devshop", worker: WORKER, code: CODE, secrets: values },
      {
        CLOUDFLARE_API_TOKEN: `${CANARY}deploy-token`,
        CLOUDFLARE_ACCOUNT_ID: "f".repeat(32),
        SOME_TOKEN: `${CANARY}other`,
      },
    );
  });
  after(() => world?.close());

  /** Starts `ws dev` and waits until the Worker answers. */
  async function serve(...more: string[]) {
    const port = await freePort();
    const running = project.start(
      "dev",
      ...more,
      "--",
      "--port",
      String(port),
      "--ip",
      "127.0.0.1",
      "--inspector-port",
      "0",
    );
    let over = false;
    void running.ended.then(() => {
      over = true;
    });
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (answer?.ok) {
        return {
          running,
          port,
          told: (await answer.json()) as { env: Record<string, unknown>; process: Record<string, string> },
        };
      }
      if (over) assert.fail(JSON.stringify(await running.ended));
      await sleep(100);
    }
  }

  it("gives the Worker its secrets byte for byte, the child no token, the disk nothing; SIGINT leaves no orphan", async () => {
    const before = new Set(readdirSync(project.directory));
    const { running, port, told } = await serve();
    assert.deepEqual(told.env, { ...values, GREETING: "hello", LANG: "from the file" });
    const family = processesIn(project.root);
    assert.ok(family.length > 1, "the search for processes finds none");
    // What the children really have, from the system itself.
    for (const row of family) {
      const pid = row.trim().split(/\s+/)[0] ?? "";
      if (row.includes("packages/worker-secrets/src/cli/ws.ts")) continue;
      const environment = existsSync(`/proc/${pid}/environ`)
        ? readFileSync(`/proc/${pid}/environ`, "utf8")
        : "";
      for (const secret of [
        `${CANARY}deploy-token`,
        `${CANARY}other`,
        world.sandbox.description.pulumi.token,
        "f".repeat(32),
      ])
        assert.ok(!environment.includes(secret), `${row} has what it must not have`);
      assert.ok(!row.includes(CANARY), "a value is in argv");
    }
    running.child.kill("SIGINT");
    const ended = await running.ended;
    assert.equal(ended.code, 130);
    assert.ok(!(ended.stdout + ended.stderr).includes(CANARY), "it printed a value");
    assert.deepEqual(processesIn(project.root), []);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    const left = readdirSync(project.directory).filter((name) => !before.has(name) && name !== ".wrangler");
    assert.deepEqual(left, []);
    assert.deepEqual(filesThatHold(project.directory, values.TOP_SECRET.slice(0, 24)), []);
  });

  it("hands on SIGTERM too, and leaves no orphan", async () => {
    const { running } = await serve();
    running.child.kill("SIGTERM");
    await running.ended;
    assert.deepEqual(processesIn(project.root), []);
  });

  it("hands on wrangler's own exit code", async () => {
    const { code, stdout, stderr } = await project.ws("dev", "--", "--no-such-option");
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /Unknown argument/);
  });

  it("starts a command of the project's own, found as npm finds it, with the secrets and no token", async () => {
    const told = join(world.folder, "told.json");
    const script = join(project.directory, "node_modules/.bin/own-server");
    mkdirSync(join(script, ".."), { recursive: true });
    writeFileSync(
      script,
      `#!/usr/bin/env node\nrequire("node:fs").writeFileSync(process.argv[2], JSON.stringify({ env: process.env, cwd: process.cwd() }));\nprocess.exit(7);\n`,
      { mode: 0o755 },
    );
    try {
      const { code, stdout, stderr } = await project.ws("dev", "--", "own-server", told, "--port", "1");
      assert.equal(code, 7, stderr);
      assert.ok(!(stdout + stderr).includes(CANARY), "it printed a value");
      const { env, cwd } = JSON.parse(readFileSync(told, "utf8")) as {
        env: Record<string, string>;
        cwd: string;
      };
      assert.equal(cwd, realpathSync(project.directory));
      assert.deepEqual([env.API_KEY, env.TOP_SECRET], [values.API_KEY, values.TOP_SECRET]);
      for (const name of ["SOME_TOKEN", "PULUMI_ACCESS_TOKEN", "CLOUDFLARE_API_TOKEN"])
        assert.ok(!(name in env), name);
      const missing = await project.ws("dev", "--", "no-such-program");
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /its program is not there or can't be run \(ENOENT\)[\s\S]*npm install/);
    } finally {
      rmSync(told, { force: true });
      rmSync(join(project.directory, "node_modules"), { recursive: true });
    }
  });

  it("stops before a .dev.vars that would win, goes on without reading it when told to", async () => {
    const file = join(project.directory, ".dev.vars");
    writeFileSync(file, "API_KEY=stale\n");
    try {
      const { code, stderr } = await project.ws("dev");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /worker\/\.dev\.vars: wrangler would take its values from this file.*\n.*--ignore/,
      );
      const { running, told } = await serve("--ignore");
      assert.equal(told.env.API_KEY, values.API_KEY);
      running.child.kill("SIGINT");
      await running.ended;
    } finally {
      rmSync(file);
    }
    writeFileSync(join(project.directory, ".env"), "API_KEY=x\nOTHER=y\n");
    try {
      assert.match((await project.ws("dev")).stderr, /worker\/\.env: wrangler would put API_KEY through/);
    } finally {
      rmSync(join(project.directory, ".env"));
    }
  });

  it("names every missing value, an unknown Worker and an unknown stack", async () => {
    assert.match(
      (await project.ws("dev", "--worker", "nope")).stderr,
      /no Worker 'nope'[\s\S]*--worker sample/,
    );
    const bare = await wsProject(world, { project: "bare", secrets: {} });
    const { code, stderr } = await bare.ws("dev");
    assert.equal(code, 1);
    assert.match(stderr, /'API_KEY' is declared but has no value[\s\S]*'TOP_SECRET' is declared/);
  });

  it("refuses by name a secret that the environment can't carry", async () => {
    const odd = await wsProject(world, {
      project: "odd",
      worker: { ...GOOD, secrets: { required: ["NODE_OPTIONS", "HOME", "NUL"] } },
      secrets: { NODE_OPTIONS: `${CANARY}x`, HOME: `${CANARY}x`, NUL: `${CANARY}\u0000` },
    });
    const { code, stderr } = await odd.ws("dev");
    assert.equal(code, 1);
    for (const name of ["NODE_OPTIONS", "HOME", "NUL"]) assert.match(stderr, new RegExp(`secret '${name}'`));
    assert.ok(!stderr.includes(CANARY));
  });

  describe("--write", () => {
    const file = () => join(project.directory, ".dev.vars");
    const git = (...args: string[]) => execFileSync("git", args, { cwd: project.root, stdio: "pipe" });

    it("writes outside a repository, with a note; for the owner alone, losslessly, and only once", async () => {
      const first = await project.ws("dev", "--write", "--json");
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stderr, /no git repository/);
      assert.equal((JSON.parse(first.stdout) as { result: string }).result, "written");
      assert.deepEqual(parse(readFileSync(file())), values);
      assert.equal(statSync(file()).mode & 0o777, 0o600);
      chmodSync(file(), 0o644);
      assert.match((await project.ws("dev", "--write")).stdout, /written, 2 values \(API_KEY, TOP_SECRET\)/);
      assert.equal(statSync(file()).mode & 0o777, 0o600);
      const again = await project.ws("dev", "--write");
      assert.match(again.stdout, /unchanged/);
      assert.ok(!(first.stdout + first.stderr + again.stdout + again.stderr).includes(CANARY));
    });

    it("writes in a repository only what git ignores, and keeps names that only the file has", async () => {
      rmSync(file());
      git("init", "-q");
      const refused = await project.ws("dev", "--write");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /git does not ignore it[\s\S]*\.dev\.vars\*/);
      assert.ok(!existsSync(file()));
      writeFileSync(join(project.root, ".gitignore"), ".dev.vars\n");
      assert.match(
        (await project.ws("dev", "--write")).stderr,
        /does not ignore the temporary file beside it/,
      );
      writeFileSync(join(project.root, ".gitignore"), ".dev.vars*\n");
      assert.equal((await project.ws("dev", "--write")).code, 0);
      git("add", "-f", "worker/.dev.vars");
      assert.match((await project.ws("dev", "--write")).stderr, /git does not ignore it/);
      git("rm", "-q", "--cached", "-f", "worker/.dev.vars");
      writeFileSync(file(), "MINE=1\n");
      assert.match((await project.ws("dev", "--write")).stderr, /also holds MINE/);
      assert.equal(readFileSync(file(), "utf8"), "MINE=1\n");
      assert.equal((await project.ws("dev", "--write", "--force")).code, 0);
      assert.deepEqual(parse(readFileSync(file())), values);
    });

    it("refuses by name every value that no such file can hold, and writes nothing", async () => {
      const bad = await wsProject(world, {
        project: "unwritable",
        secrets: { API_KEY: `${CANARY}# '"\`\n`, TOP_SECRET: `${CANARY}\r"#` },
      });
      const { code, stderr } = await bad.ws("dev", "--write");
      assert.equal(code, 1);
      assert.match(stderr, /secret 'API_KEY': no \.dev\.vars can hold its value[\s\S]*secret 'TOP_SECRET'/);
      assert.ok(!stderr.includes(CANARY) && !existsSync(join(bad.directory, ".dev.vars")));
    });

    it("killed at any moment leaves the old file or the new one, and the next run leaves nothing else", async () => {
      const secrets = "devshop/dev-secrets";
      let old = readFileSync(file(), "utf8");
      const partial: string[] = [];
      // The first rounds kill at each event in the folder (a temporary file comes, is written, is renamed); the rest
      // somewhere in between.
      for (let round = 0; round < 8; round++) {
        const key = `${CANARY}${generatedKey().repeat(40)}`;
        await setVariables(world.client, secrets, [{ name: "API_KEY", value: key, secret: true }]);
        const running = project.start("dev", "--write");
        let events = 0;
        const kill = () => void running.child.kill("SIGKILL");
        const watcher = watch(project.directory, () => {
          if (events++ === round % 4) round < 4 ? kill() : setTimeout(kill, Math.random() * 4);
        });
        await running.ended;
        watcher.close();
        const now = readFileSync(file(), "utf8");
        if (now !== old)
          assert.deepEqual(parse(now), { ...values, API_KEY: key }, "the file is neither old nor new");
        old = now;
        partial.push(...readdirSync(project.directory).filter((name) => name.endsWith(".part")));
      }
      assert.equal((await project.ws("dev", "--write")).code, 0);
      assert.deepEqual(
        readdirSync(project.directory).filter((name) => name.endsWith(".part")),
        [],
        `left behind, after ${partial.length} were seen`,
      );
      assert.deepEqual(filesThatHold(project.root, CANARY), [file()]);
    });

    it("removes what a killed run left, and only that", async () => {
      const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
      writeFileSync(`${file()}.${dead}.part`, CANARY);
      writeFileSync(`${file()}.${process.pid}.part`, "another run that is not over");
      assert.equal((await project.ws("dev", "--write")).code, 0);
      assert.deepEqual(
        readdirSync(project.directory).filter((name) => name.endsWith(".part")),
        [`.dev.vars.${process.pid}.part`],
      );
    });
  });
});
