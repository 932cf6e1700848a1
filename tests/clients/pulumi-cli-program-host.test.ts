import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/language_pb.js";
import { after, before, describe, it } from "mocha";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { parseOptions, splitArguments } from "../../packages/sandbox/src/language-host/options.ts";
import { requiredPackages } from "../../packages/sandbox/src/language-host/packages.ts";
import { runnerArguments, runnerEnvironment } from "../../packages/sandbox/src/language-host/program.ts";
import { STAND_IN_VERSION } from "../../packages/sandbox/src/language-host/version.ts";
import { tempFolder } from "../helpers/temp.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("clients: the stand-in for pulumi's language host", () => {
  const folder = tempFolder();

  it("splits nodeargs as a shell does", () => {
    const rows: [string, string[]][] = [
      ["", []],
      ["--import ./preload.mjs", ["--import", "./preload.mjs"]],
      ["  a\tb\n c ", ["a", "b", "c"]],
      [`--x="a b" 'c d'e ""`, ["--x=a b", "c de", ""]],
      [String.raw`a\ b "q\"q" '\n'`, ["a b", 'q"q', String.raw`\n`]],
      ["a # the rest", ["a"]],
      ["a#b", ["a#b"]],
    ];
    for (const [line, words] of rows) assert.deepEqual(splitArguments(line), words, line);
    for (const open of ["'a", '"a', "a\\"])
      assert.throws(() => splitArguments(open), /without its end/, open);
  });

  it("has the documented defaults, and refuses other types", () => {
    assert.deepEqual(parseOptions({}), { typescript: true, nodeargs: [], production: false });
    for (const name of ["typescript", "tsconfig", "nodeargs", "production", "packagemanager"])
      assert.throws(() => parseOptions({ [name]: 1 }), /option must be a/, name);
  });

  it("gives the runner the arguments and variables that it reads", () => {
    const run = {
      monitor: "127.0.0.1:1",
      engine: "127.0.0.1:2",
      organization: "org",
      project: "p",
      stack: "dev",
      rootDirectory: "/r",
      programDirectory: "/r/main",
      entryPoint: ".",
      dryRun: true,
      parallel: 16,
      tracing: "",
      args: [],
      config: new Map([
        ["p:a", "1"],
        ["q:config:b:c", "{}"],
      ]),
      configSecretKeys: ["q:b:c"],
      options: parseOptions({ tsconfig: "t.json" }),
    };
    const line =
      "--monitor 127.0.0.1:1 --engine 127.0.0.1:2 --organization org --project p --root-directory /r --stack dev " +
      "--pwd /r/main --parallel 16 --dry-run .";
    assert.equal(runnerArguments(run).join(" "), line);
    assert.deepEqual(runnerEnvironment(run), {
      PULUMI_CONFIG: '{"p:config:a":"1","q:config:b:c":"{}"}',
      PULUMI_CONFIG_SECRET_KEYS: '["q:b:c"]',
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "t.json",
    });
  });

  it("finds the plugins that packages ask for, nested ones too, and no others", () => {
    const put = (path: string, content: unknown) => {
      mkdirSync(join(folder, "project", path), { recursive: true });
      writeFileSync(join(folder, "project", path, "package.json"), JSON.stringify(content));
    };
    put("node_modules/@pulumi/aws", { name: "@pulumi/aws", version: "7.0.0", pulumi: { resource: true } });
    put("node_modules/other", { name: "other", version: "1.0.0", pulumi: { resource: true } });
    put("node_modules/plain", { name: "plain", version: "1.0.0", pulumi: "not a section" });
    put("node_modules/plain/node_modules/third", {
      name: "third",
      version: "2.0.0",
      pulumi: { resource: true, name: "named", version: "v2.1.0", server: "https://plugins.example.com" },
    });
    assert.deepEqual(requiredPackages(join(folder, "project")), [
      { name: "aws", version: "v7.0.0", server: "" },
      { name: "named", version: "v2.1.0", server: "https://plugins.example.com" },
    ]);
    assert.deepEqual(requiredPackages(join(folder, "nothing")), []);
    assert.deepEqual(
      requiredPackages(ROOT)
        .map(({ name }) => name)
        .sort(),
      ["cloudflare", "pulumiservice"],
    );
  });

  describe("as an executable", () => {
    let client: InstanceType<typeof languageGrpc.LanguageRuntimeClient>;
    let end: () => Promise<unknown>;
    before(async () => {
      const home = join(folder, "home");
      const { installed } = await installLanguageHost(home);
      const [place = assert.fail("nothing was installed")] = installed;
      assert.deepEqual((await installLanguageHost(home)).installed, []);
      const child = spawn(join(place, "pulumi-language-nodejs"), ["-v=9", "--logtostderr", "127.0.0.1:1"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const exit = once(child, "exit");
      end = () => {
        child.stdin.end();
        return exit;
      };
      const [port] = (await once(child.stdout, "data")) as [Buffer];
      client = new languageGrpc.LanguageRuntimeClient(
        `127.0.0.1:${Number(port)}`,
        grpc.credentials.createInsecure(),
      );
    });
    after(async () => {
      client?.close();
      await end?.();
    });

    const refused = (call: (answer: (error: grpc.ServiceError | null) => void) => unknown) =>
      promisify(call)().then(
        () => assert.fail("it was served"),
        (error: grpc.ServiceError) => error.code,
      );

    it("answers UNIMPLEMENTED to whatever it does not do", async () => {
      const { UNIMPLEMENTED } = grpc.status;
      assert.equal(
        await refused((done) => client.generateProgram(new pb.GenerateProgramRequest(), done)),
        UNIMPLEMENTED,
      );
      assert.equal(
        await refused((done) => client.generateProject(new pb.GenerateProjectRequest(), done)),
        UNIMPLEMENTED,
      );
      assert.equal(
        await refused((done) => client.generatePackage(new pb.GeneratePackageRequest(), done)),
        UNIMPLEMENTED,
      );
      assert.equal(await refused((done) => client.pack(new pb.PackRequest(), done)), UNIMPLEMENTED);
      assert.equal(await refused((done) => client.link(new pb.LinkRequest(), done)), UNIMPLEMENTED);
    });

    it("installs dependencies by npm, and passes on what npm prints", async () => {
      const program = join(folder, "empty");
      mkdirSync(program);
      const install = async () => {
        const info = new pb.ProgramInfo().setProgramDirectory(program);
        const call = client.installDependencies(new pb.InstallDependenciesRequest().setInfo(info));
        let text = "";
        call.on("data", (part: InstanceType<typeof pb.InstallDependenciesResponse>) => {
          text +=
            Buffer.from(part.getStdout_asU8()).toString() + Buffer.from(part.getStderr_asU8()).toString();
        });
        await once(call, "end");
        return text;
      };
      writeFileSync(join(program, "package.json"), JSON.stringify({ name: "empty", version: "1.0.0" }));
      assert.match(await install(), /up to date|audited/);
      assert.ok(existsSync(join(program, "package-lock.json")));
      writeFileSync(join(program, "package.json"), "{");
      await assert.rejects(install(), /npm install exited with 1/);
    });

    it("ends when the engine's end of its input closes", async () => {
      const [code] = (await end()) as [number];
      assert.equal(code, 0);
    });
  });

  it("the set-up command prints what to export, and leaves alone what is there", () => {
    const home = join(folder, "it's home");
    const setup = () =>
      execFileSync(process.execPath, [join(ROOT, "packages/sandbox/src/language-host/setup.ts"), home], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const lines = setup();
    const script = `${lines}cat "$PULUMI_HOME/plugins/language-nodejs-v${STAND_IN_VERSION}/pulumi-language-nodejs"`;
    assert.match(execFileSync("sh", ["-c", script], { encoding: "utf8" }), /A stand-in of worker-secrets/);
    assert.equal(setup(), lines);
    assert.ok(
      readFileSync(join(home, "plugins/resource-cloudflare-v6.22.1/pulumi-resource-cloudflare"), "utf8"),
    );
  });
});
