import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { accessSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { configSize } from "../../packages/worker-secrets/src/cli/project/config-size.ts";
import { setVariables } from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { enginePath } from "../helpers/world.ts";
import { type CliProject, openCliProject, PROJECT_NAME } from "./pulumi-cli-project.ts";

const NOTICE = /Language host: the stand-in of worker-secrets[^\n]*/g;

/** What the bare CLI makes of a program that can't run, or that says no. */
describe("clients: pulumi and a program at fault", function () {
  this.timeout(180_000);
  let project: CliProject;
  const kept = new Map<string, string>();
  before(async () => {
    project = await openCliProject({
      PROOF_KEY: `canary-${randomUUID()}`,
      TOP_SECRET: `canary-${randomUUID()}`,
    });
    await project.good("stack", "init", "dev");
  });
  after(() => project?.close());
  afterEach(() => {
    for (const [file, text] of kept) writeFileSync(file, text);
    kept.clear();
  });

  /** Changes a file of the checkout for one test. */
  const change = (name: string, to: (text: string) => string) => {
    const file = join(project.place.cwd, name);
    const text = readFileSync(file, "utf8");
    kept.set(file, text);
    writeFileSync(file, to(text));
  };
  /** The diagnostics of a preview that fails, without the host's own line. */
  const diagnostics = async (env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code, text } = await project.pulumi(["preview"], env);
    assert.notEqual(code, 0, text);
    const said = /^Diagnostics:\n([\s\S]*?)^Resources:/m.exec(text)?.[1] ?? assert.fail(text);
    return said
      .replace(NOTICE, "")
      .replace(/^ +pulumi:pulumi:Stack .*$/m, "")
      .trim();
  };

  it("a user's fault is one message, with no stack trace and nothing after it", async () => {
    change("worker/wrangler.jsonc", (text) => text.replace('"TOP_SECRET"]', '"TOP_SECRET", "NOT_STORED"]'));
    const said = await diagnostics();
    assert.equal(said.match(/error:/g)?.length, 1, said);
    assert.match(said, /NOT_STORED/);
    assert.doesNotMatch(said, /^\s+at |\.ts:\d+:\d+\)|exited with/m);
  });

  const FORBIDDEN: Readonly<Record<string, (definition: string) => string>> = {
    "the definition's own text": (text) =>
      text.replace("environmentVariables:", "environmentVariables:\n    HTTPS_PROXY: http://127.0.0.1:1"),
    "an import": (text) => text.replace("imports:", "imports:\n  - team/proxies"),
    "an import of an import": (text) => text.replace("imports:", "imports:\n  - team/nested"),
  };
  for (const [from, changed] of Object.entries(FORBIDDEN))
    it(`variables that change who is asked are refused before a call with the deploy token: ${from}`, async () => {
      const name = `${PROJECT_NAME}/dev`;
      const texts = {
        "team/proxies": "values:\n  environmentVariables: { SSL_CERT_FILE: /nowhere, AWS_REGION: x }\n",
        "team/nested": "imports: [team/proxies]\n",
      };
      for (const [shared, text] of Object.entries(texts))
        if (await project.client.createEnvironment(shared))
          await project.client.updateEnvironment(shared, text);
      const before = (await project.client.environment(name))?.yaml ?? assert.fail();
      const stored = changed(before);
      assert.notEqual(stored, before);
      await project.client.updateEnvironment(name, stored);
      // No call is made with the deploy token: what it asks would go wrong, and be named.
      project.sandbox.injectFaults({ rules: [{ fault: { kind: "500" }, path: "/client/v4/**" }] });
      try {
        const said = await diagnostics();
        assert.match(said, /it sets the variable (HTTPS_PROXY|SSL_CERT_FILE): it /);
        assert.doesNotMatch(said, /AWS_REGION/);
        assert.deepEqual(project.sandbox.faultsMet(), []);
      } finally {
        project.sandbox.injectFaults(undefined);
        await project.client.updateEnvironment(name, before);
      }
    });

  it("an old Node is named in one line by the preload, before a type is in its way", async function () {
    const old = oldNode();
    if (old === undefined) {
      console.log("      needs a Node older than 22.18 on the PATH");
      return this.skip();
    }
    const said = await diagnostics({ PATH: [old, project.place.env.PATH].join(delimiter) });
    assert.match(
      said,
      /^ *worker-secrets needs Node 22\.18 or newer and was started by v\d+\.\d+\.\d+\. .*npm exec/m,
    );
    // What a program prints and how it ended reach the engine on two ways, in either order.
    assert.match(said, /Program exited with non-zero exit code: 1$/m);
    assert.doesNotMatch(said, /SyntaxError|ERR_UNKNOWN_FILE_EXTENSION/);
  });

  it("without Node on the PATH it says so", async () => {
    assert.match(
      await diagnostics({ PATH: join(project.place.cwd, "worker") }),
      /could not find node on the \$PATH/,
    );
  });

  it("an option of another type is refused before anything runs", async () => {
    change("Pulumi.yaml", (text) => text.replace("typescript: false", 'typescript: "no"'));
    assert.match(await diagnostics(), /typescript option must be a boolean/);
  });

  it("a package manager that the stand-in has not is refused by name", async () => {
    change("Pulumi.yaml", (text) =>
      text.replace("typescript: false", "typescript: false\n    packagemanager: yarn"),
    );
    assert.match(await diagnostics(), /packagemanager "yarn" is not in the stand-in/);
  });

  it("a debugger can't be attached, and that is said", async () => {
    const { code, text } = await project.pulumi(["preview", "--attach-debugger"]);
    assert.notEqual(code, 0);
    assert.match(text, /--attach-debugger is not in the stand-in/);
  });

  it("runs by Pulumi.yaml's own options: nodeargs, types stripped by Node, its compile cache", async () => {
    const found = join(dirname(project.place.cwd), "found.json");
    const program = `import { writeFileSync } from "node:fs";
import module from "node:module";
const { env, execArgv, features } = process;
const typed: string = features.typescript as string; // only stripped types get past here
export default async (): Promise<void> => {
  const cached = module.getCompileCacheDir() !== undefined;
  writeFileSync(${JSON.stringify(found)}, JSON.stringify({
    execArgv, typed, cached, tsNode: env.PULUMI_NODEJS_TYPESCRIPT ?? null,
    argv: process.argv.slice(2), cwd: process.cwd(), token: (env.CLOUDFLARE_API_TOKEN ?? "").length,
  }));
};
`;
    change("index.ts", () => program);
    await project.good("preview");
    assert.deepEqual(JSON.parse(readFileSync(found, "utf8")), {
      execArgv: ["--import", "worker-secrets/preload"],
      typed: "strip",
      cached: true,
      tsNode: null,
      argv: [],
      cwd: project.place.cwd,
      token: project.deployToken.length,
    });
  });

  for (const [what, signal] of [
    ["Ctrl-C", "SIGINT"],
    ["a killed CLI", "SIGKILL"],
  ] as const) {
    it(`${what} ends the program too`, async () => {
      const marker = join(dirname(project.place.cwd), `running-${signal}`);
      change(
        "index.ts",
        () => `import { writeFileSync } from "node:fs";
export default async () => {
  writeFileSync(${JSON.stringify(marker)}, String(process.pid));
  await new Promise((done) => setTimeout(done, 600_000));
};
`,
      );
      const { cwd, env } = project.place;
      const cli = spawn(enginePath(), ["preview", "--non-interactive"], { cwd, env, stdio: "ignore" });
      const ended = once(cli, "exit");
      const pid = Number(await until(() => readFileSync(marker, "utf8")));
      cli.kill(signal);
      await ended;
      await until(() => assert.throws(() => process.kill(pid, 0), { code: "ESRCH" }));
    });
  }

  it("more config than one variable takes is refused in words (Linux; the official host has the same bound)", async function () {
    if (process.platform !== "linux") return this.skip();
    const value = `canary-<&>\u2028"\\\n\t${"0123456789abcdef".repeat(9_000)}`;
    await setVariables(project.client, `${PROJECT_NAME}/dev-secrets`, [
      { name: "HUGE", value, secret: true },
    ]);
    const said = await diagnostics();
    assert.match(said, /E2BIG[\s\S]*\d{6} bytes[\s\S]*131,072/);
    assert.equal(said.includes("0123456789abcdef"), false);
    // What the commands say beforehand is that number, with the variable's name and its end.
    const { pulumiConfig } = await project.client.openEnvironment(`${PROJECT_NAME}/dev`);
    const size = configSize({ ...Object(pulumiConfig) });
    assert.equal(size.bytes, Number(/(\d{6}) bytes/.exec(said)?.[1]) + "PULUMI_CONFIG=".length + 1);
    assert.equal(size.values[0]?.name, "HUGE");
  });
});

/** Tries until it does not throw; mocha's own timeout is the bound. */
async function until<T>(attempt: () => T): Promise<T> {
  for (;;) {
    try {
      const value = attempt();
      if (value !== "") return value;
    } catch {
      // Not yet.
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A folder of the PATH whose `node` is too old for the program. */
function oldNode(): string | undefined {
  return (process.env.PATH ?? "").split(delimiter).find((folder) => {
    try {
      accessSync(join(folder, "node"));
      const version = execFileSync(join(folder, "node"), ["-p", "process.versions.node"], {
        encoding: "utf8",
      });
      const [major = 0, minor = 0] = version.split(".").map(Number);
      return major < 22 || (major === 22 && minor < 18);
    } catch {
      return false;
    }
  });
}
