import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { builtEngineFolder } from "../src/cli/engine/executable/build.ts";
import { createAtomically, withLock } from "../src/cli/engine/executable/cache.ts";
import { findEngine } from "../src/cli/engine/executable/index.ts";
import { run } from "../src/cli/engine/executable/process.ts";
import { isNewEnough, parseVersion } from "../src/cli/engine/executable/version.ts";

let folder: string;
let env: NodeJS.ProcessEnv;
let lines: string[];

/** Nothing listens there: a download fails at once. */
const UNREACHABLE = "http://127.0.0.1:1/releases/sdk";
const find = (releases = UNREACHABLE) =>
  findEngine({ env, releases, onProgress: (line) => void lines.push(line) });

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const pulumi = (path: string, version: string) => program(path, `echo v${version}`);

describe("the engine finder", () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engine-"));
    // /bin for sh and tar; no Go and no pulumi there.
    env = { HOME: join(folder, "home"), PATH: `${join(folder, "bin")}:/usr/bin:/bin` };
    lines = [];
  });

  afterEach(() => rm(folder, { recursive: true }));

  describe("engine versions", () => {
    it("are read from what a binary prints", () => {
      assert.equal(parseVersion("v3.259.0")?.version, "3.259.0");
      assert.equal(parseVersion("3.260.0-alpha.12+build.5\n")?.version, "3.260.0-alpha.12");
      assert.equal(parseVersion("pulumi v3.259.0 (linux)")?.version, "3.259.0");
      assert.equal(parseVersion("no version"), undefined);
      assert.equal(parseVersion("3.259"), undefined);
    });

    it("are new enough from 3.259.0 on", () => {
      const newEnough = (text: string) => {
        const version = parseVersion(text);
        assert(version);
        return isNewEnough(version);
      };
      assert.deepEqual(["3.258.9", "3.259.0-alpha.1", "3.259.0", "3.260.0"].map(newEnough), [
        false,
        false,
        true,
        true,
      ]);
    });
  });

  describe("the engine that is used", () => {
    const onPath = () => join(folder, "bin/pulumi");
    const launcher = (version: string) => join(folder, "home/.pulumi/versions", version, "bin/pulumi");

    it("is the one named by WORKER_SECRETS_ENGINE before all, an old one too", async () => {
      await pulumi(onPath(), "3.300.0");
      env.WORKER_SECRETS_ENGINE = await pulumi(join(folder, "named"), "3.100.0");
      const engine = await find();
      assert.equal(engine.path, join(folder, "named"));
      assert.equal(engine.source, "path");
      assert.match(engine.describe, /3\.100\.0, named by WORKER_SECRETS_ENGINE, older than the 3\.259\.0/);
    });

    it("is not searched for when the named one does not run", async () => {
      await pulumi(onPath(), "3.300.0");
      env.WORKER_SECRETS_ENGINE = join(folder, "missing");
      await assert.rejects(find(), /WORKER_SECRETS_ENGINE is .*missing, which is no Pulumi engine/);
    });

    it("is the one on PATH before a download of the launcher", async () => {
      await pulumi(onPath(), "3.259.0");
      await pulumi(launcher("3.300.0"), "3.300.0");
      const engine = await find();
      assert.deepEqual([engine.path, engine.version, engine.source], [onPath(), "3.259.0", "path"]);
    });

    it("is not an old one or a broken one on PATH, and that is said", async () => {
      await pulumi(onPath(), "3.258.0");
      await program(join(folder, "bin2/pulumi"), "exit 1");
      env.PATH = `${join(folder, "bin2")}:${env.PATH}`;
      await pulumi(launcher("3.259.0"), "3.259.0");
      assert.equal((await find()).source, "launcher");
      assert.match(lines.join("\n"), /bin2\/pulumi does not run.*\n.*bin\/pulumi is 3\.258\.0: too old/);
    });

    it("is never the npm launcher itself, which would download", async () => {
      const script = await program(join(folder, "node_modules/pulumi/run.js"), "touch ran; echo v9.9.9");
      await mkdir(join(folder, "bin"));
      await run("ln", ["-s", script, onPath()], { env });
      await pulumi(launcher("3.259.0"), "3.259.0");
      assert.equal((await find()).version, "3.259.0");
    });

    it("is the newest whole download of the launcher, by number", async () => {
      await pulumi(launcher("3.259.0"), "3.259.0");
      await pulumi(launcher("3.1000.0"), "3.1000.0");
      await pulumi(launcher("3.258.0"), "3.258.0");
      await program(launcher("3.2000.0"), "exit 1"); // cut off
      const engine = await find();
      assert.deepEqual([engine.version, engine.source], ["3.1000.0", "launcher"]);
      env.PULUMI_HOME = join(folder, "elsewhere");
      await pulumi(join(folder, "elsewhere/versions/3.260.0/bin/pulumi"), "3.260.0");
      assert.equal((await find()).version, "3.260.0");
    });

    it("is the cached build before any download or build", async () => {
      const path = await pulumi(join(await builtEngineFolder(env), "pulumi"), "3.259.0");
      const engine = await find();
      assert.deepEqual([engine.path, engine.version, engine.source], [path, "3.259.0", "built"]);
      assert.deepEqual(lines, []);
    });

    it("is built when nothing is there: with the pinned versions, once, with progress", async () => {
      const log = join(folder, "go.log");
      await program(
        join(folder, "bin/go"),
        `echo "$PWD $GOFLAGS $@" >> ${log}
       [ "$1" = env ] && echo go1.26.8 && exit
       echo "go: downloading example.com/m v1.0.0" >&2; echo internal/cpu >&2
       while [ "$1" != -o ]; do shift; done
       printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"; chmod +x "$2"`,
      );
      const engine = await find();
      assert.equal(engine.source, "built");
      assert.match(
        lines.join("\n"),
        /trying the official download\nnot downloaded: .*\nbuilding with go1\.26\.8\nbuilding the Pulumi engine v3\.259\.0.*\nengine built in/,
      );
      const calls = (await readFile(log, "utf8")).trim().split("\n");
      assert.match(
        calls[1] ?? "",
        /engine\/executable\/build\/? -mod=readonly build -v -trimpath .*version\.Version=v3\.259\.0/,
      );
      assert.equal((await find()).path, engine.path);
      assert.equal((await readFile(log, "utf8")).trim().split("\n").length, calls.length);
      assert.deepEqual(await readdir(dirname(dirname(engine.path))), [
        dirname(engine.path).split("/").at(-1),
      ]);
    });

    it("is not a build that failed or that says another version, and nothing of it stays", async () => {
      const build = (script: string) =>
        program(join(folder, "bin/go"), `[ "$1" = env ] && echo go1.26.8 && exit\n${script}`);
      await build('echo "no space left on device" >&2; exit 1');
      await assert.rejects(find(), /build with Go: {2}go build failed:\n +no space left on device/);
      await build(`while [ "$1" != -o ]; do shift; done
      printf '#!/bin/sh\\necho v3.1.0\\n' > "$2"; chmod +x "$2"`);
      await assert.rejects(find(), /the engine that was built says it is 3\.1\.0, not 3\.259\.0/);
      assert.deepEqual(await readdir(join(folder, "home/.cache/worker-secrets/engine")), []);
    });

    it("is missed with every reason and every way to mend it", async () => {
      await pulumi(onPath(), "3.100.0");
      await assert.rejects(find(), (error: Error) => {
        assert.match(error.message, /^No Pulumi engine ≥ 3\.259\.0 was found/);
        assert.match(error.message, /pulumi on PATH: .*bin\/pulumi is 3\.100\.0: too old/);
        assert.match(error.message, /download: +127\.0\.0\.1:1: /);
        assert.match(error.message, /build with Go: +.*go/);
        for (const command of [
          "get.pulumi.com | sh",
          "npx pulumi version",
          "go.dev/dl",
          "export WORKER_SECRETS_ENGINE=",
        ]) {
          assert(error.message.includes(command), command);
        }
        return true;
      });
    });
  });

  describe("the download of the official release", () => {
    const archive = `pulumi-v3.259.0-${process.platform}-${process.arch}.tar.gz`;
    let server: Server;
    let files: Record<string, Buffer | string>;
    let releases: string;

    beforeEach(async function () {
      if (process.platform === "win32") this.skip();
      files = {};
      server = createServer((request, response) => {
        const body = files[(request.url ?? "").slice(1)];
        response.writeHead(body === undefined ? 404 : 200).end(body);
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

      await pulumi(join(folder, "release/pulumi/pulumi"), "3.259.0");
      await program(join(folder, "release/pulumi/pulumi-language-nodejs"), "true");
      const file = join(folder, archive);
      await run("tar", ["-czf", file, "-C", join(folder, "release"), "pulumi"], { env: process.env });
      const bytes = await readFile(file);
      const checksum = createHash("sha256").update(bytes).digest("hex");
      files[archive] = bytes;
      files["pulumi-3.259.0-checksums.txt"] = `${"0".repeat(64)}  other.tar.gz\n${checksum}  ${archive}\n`;
    });

    afterEach(() => void server.close());

    it("is unpacked with its language hosts when the checksum is right, and used from then on", async () => {
      const engine = await find(releases);
      assert.equal(engine.source, "downloaded");
      const names = (await readdir(dirname(engine.path))).sort();
      assert.deepEqual(
        names.filter((name) => name.startsWith("pulumi")),
        ["pulumi", "pulumi-language-nodejs"],
      );
      files = {};
      assert.equal((await find(releases)).path, engine.path);
    });

    it("is thrown away when the checksum is wrong, or when there is none", async () => {
      files[archive] = "something else";
      await assert.rejects(find(releases), /the checksum of .* is .*, but should be .*: thrown away/);
      files["pulumi-3.259.0-checksums.txt"] = "";
      await assert.rejects(find(releases), /has no checksum for/);
      assert.deepEqual(await readdir(join(folder, "home/.cache/worker-secrets/engine")), []);
    });
  });

  describe("the cache of engines", () => {
    it("shows a folder only when it is whole, and leaves nothing of a failure", async () => {
      const target = join(folder, "made");
      await createAtomically(target, async (temporary) => {
        await writeFile(join(temporary, "a"), "1");
        assert.deepEqual(
          (await readdir(folder)).filter((name) => name === "made"),
          [],
        );
      });
      assert.deepEqual(await readdir(target), ["a"]);
      const failing = createAtomically(join(folder, "never"), async () => {
        throw new Error("disk full");
      });
      await assert.rejects(failing, /disk full/);
      assert.deepEqual(await readdir(folder), ["made"]);
    });

    it("keeps what another made first", async () => {
      const target = join(folder, "made");
      const fill = (text: string) => (temporary: string) => writeFile(join(temporary, "a"), text);
      await createAtomically(target, fill("first"));
      await createAtomically(target, fill("second"));
      assert.equal(await readFile(join(target, "a"), "utf8"), "first");
    });

    it("lets one work at a time, and says to the other that it waits", async () => {
      const lock = join(folder, "lock");
      const order: string[] = [];
      const slow = withLock(lock, assert.fail, async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        order.push("first");
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      let waits = 0;
      await withLock(
        lock,
        () => {
          waits += 1;
        },
        async () => void order.push("second"),
      );
      await slow;
      assert.deepEqual(order, ["first", "second"]);
      assert.equal(waits, 1);
      assert.deepEqual(await readdir(folder), []);
    });

    it("takes over a lock that nobody keeps alive", async () => {
      const lock = join(folder, "lock");
      await mkdir(lock);
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(lock, longAgo, longAgo);
      assert.equal(await withLock(lock, assert.fail, async () => 1), 1);
      assert.deepEqual(await readdir(folder), []);
    });
  });
});
