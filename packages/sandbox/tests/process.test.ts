import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type RunningSandbox, runNode, runSandbox } from "../../../tests/helpers/process.ts";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { pulumiClient } from "../../worker-secrets/src/api/pulumi.ts";
import { generatedKey, setVariables } from "../../worker-secrets/src/cli/project/init-environments.ts";

const clientOf = ({ description: { pulumi } }: RunningSandbox) =>
  pulumiClient(pulumi.url, pulumi.token, pulumi.organization);

describe("the sandbox as a process", () => {
  const folder = tempFolder();

  it("prints its description as the first line, and both APIs answer to its token alone", async () => {
    const sandbox = await runSandbox(join(folder, "describe"));
    const { pulumi, cloudflare, env } = sandbox.description;
    assert.equal(await clientOf(sandbox).user(), "sandbox-user");
    const verify = await fetch(`${cloudflare.url}/user/tokens/verify`, {
      headers: { authorization: `Bearer ${cloudflare.token}` },
    });
    assert.equal(verify.status, 200);
    assert.equal(
      (await fetch(`${pulumi.url}/api/user`, { headers: { authorization: `token ${"x".repeat(40)}` } }))
        .status,
      401,
    );
    assert.equal((await fetch(`${pulumi.url}/api/user`)).status, 401);
    assert.equal((await fetch(`${cloudflare.url}/user/tokens/verify`)).status, 400);
    for (const name of [
      "PULUMI_BACKEND_URL",
      "PULUMI_ACCESS_TOKEN",
      "CLOUDFLARE_BASE_URL",
      "CLOUDFLARE_API_BASE_URL",
      "CLOUDFLARE_API_TOKEN",
      "CLOUDFLARE_ACCOUNT_ID",
    ]) {
      assert.ok(env[name], `${name} is missing`);
    }
    sandbox.child.kill("SIGINT");
    assert.deepEqual(await sandbox.ended.then(({ code, stderr }) => ({ code, stderr })), {
      code: 0,
      stderr: "",
    });
  });

  it("refuses a Host that is not this machine", async () => {
    const sandbox = await runSandbox(join(folder, "host"));
    const { hostname, port } = new URL(sandbox.description.pulumi.url);
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      request(
        {
          hostname,
          port,
          path: "/api/user",
          headers: { host: "evil.example", authorization: `token ${sandbox.description.pulumi.token}` },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on("error", reject)
        .end();
    });
    assert.equal(status, 421);
    sandbox.child.kill("SIGTERM");
    assert.equal((await sandbox.ended).code, 0);
  });

  it("loses no acknowledged write to kill -9, and keeps its token and account", async () => {
    const data = join(folder, "killed");
    const canary = `canary-${generatedKey()}`;
    let previous: RunningSandbox["description"] | undefined;
    for (let round = 1; round <= 3; round++) {
      const sandbox = await runSandbox(data);
      const client = clientOf(sandbox);
      if (previous !== undefined) {
        assert.equal(sandbox.description.pulumi.token, previous.pulumi.token);
        assert.equal(sandbox.description.cloudflare.accountId, previous.cloudflare.accountId);
        const opened = await client.openEnvironment("shop/killed");
        assert.equal(Object.keys(Object(opened.environmentVariables)).length, (round - 1) * 5);
      }
      for (let write = 0; write < 5; write++) {
        await setVariables(client, "shop/killed", [
          { name: `NAME_${round}_${write}`, value: canary, secret: true },
        ]);
      }
      previous = sandbox.description;
      sandbox.child.kill("SIGKILL");
      assert.equal((await sandbox.ended).signal, "SIGKILL");
    }
    for (const file of readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      assert.ok(!bytes.includes(canary), `${file.name} has the value in clear`);
      assert.ok(
        !bytes.includes(Buffer.from(canary).toString("base64")),
        `${file.name} has the value in base64`,
      );
      assert.ok(!bytes.includes(previous?.pulumi.token ?? "-"), `${file.name} has the token in clear`);
    }
  });

  it("keeps its folder to its owner", async () => {
    const data = join(folder, "modes");
    const sandbox = await runSandbox(data);
    assert.equal(statSync(data).mode & 0o777, 0o700);
    assert.equal(statSync(join(data, "key")).mode & 0o777, 0o600);
    assert.equal(statSync(join(data, "sandbox.sqlite")).mode & 0o777, 0o600);
    sandbox.child.kill("SIGTERM");
    await sandbox.ended;
  });
});

describe("bad input through the sandbox's and the tour's command line", () => {
  const folder = tempFolder();
  let blocker: ReturnType<typeof createServer>;
  let port: number;
  before(async () => {
    blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  after(() => blocker.close());

  const rows: { title: string; args: () => string[]; says: RegExp; code: number; tour?: true }[] = [
    {
      title: "port in use",
      args: () => ["--port", String(port)],
      says: /Port \d+ is in use.*--port N/,
      code: 1,
      tour: true,
    },
    {
      title: "port of the Workers in use",
      args: () => ["--port", String(port - 1), "--data", join(folder, "ports")],
      says: /Port (\d+) is in use, .*\(--port \d+ takes \d+ for the APIs and \1 for the Workers\)/,
      code: 1,
    },
    {
      title: "data folder not writable",
      args: () => ["--port", "0", "--data", "/proc/no-such-folder/data"],
      says: /can't be written \(\w+\).*--data DIR/,
      code: 1,
      tour: true,
    },
    {
      title: "damaged database",
      args: () => {
        const data = join(folder, "damaged");
        mkdirSync(data, { mode: 0o700 });
        writeFileSync(join(data, "key"), `${"ab".repeat(32)}\n`, { mode: 0o600 });
        writeFileSync(
          join(data, "sandbox.sqlite"),
          "not a database, but long enough to be taken for one".repeat(100),
        );
        return ["--port", "0", "--data", data];
      },
      says: /sandbox\.sqlite can't be read.*--data folder/,
      code: 1,
    },
    {
      title: "token of the wrong form",
      args: () => ["--port", "0", "--token", "short"],
      says: /wrong form \(5 characters/,
      code: 1,
    },
    {
      title: "token of a real one's form",
      args: () => ["--port", "0", "--token", `cfut_${"x".repeat(48)}`],
      says: /the form of a real one of Cloudflare or Pulumi Cloud/,
      code: 1,
    },
    {
      title: "port that is none",
      args: () => ["--port", "http"],
      says: /what --port gives is not a port/,
      code: 2,
      tour: true,
    },
    {
      title: "faults that are none",
      args: () => ["--port", "0", "--faults", "503 /**; 504 PATCH /api/**"],
      says: /fault rule 2: its kind is none of latency, 429/,
      code: 2,
    },
    { title: "unknown option", args: () => ["--colour"], says: /colour/, code: 2, tour: true },
  ];
  for (const { title, args, says, code, tour } of rows) {
    for (const door of tour
      ? ["packages/sandbox/src/main.ts", "packages/worker-secrets/src/cli/commands/tour/main.ts"]
      : ["packages/sandbox/src/main.ts"]) {
      it(`${title} (${door})`, async () => {
        const given = args();
        const extra =
          given.includes("--data") || door === "packages/worker-secrets/src/cli/commands/tour/main.ts"
            ? []
            : ["--data", join(folder, title.replaceAll(" ", "-"))];
        const ended = await runNode([door, ...given, ...extra]).ended;
        assert.match(ended.stderr, says);
        assert.doesNotMatch(ended.stderr, /^\s+at /m, "a stack trace");
        assert.equal(ended.code, code);
      });
    }
  }

  for (const door of [
    "packages/sandbox/src/main.ts",
    "packages/worker-secrets/src/cli/commands/tour/main.ts",
  ]) {
    it(`sandbox already running on the folder (${door})`, async () => {
      const data = join(folder, `running-${door.slice(0, 3)}`);
      const sandbox = await runSandbox(data);
      const ended = await runNode([door, "--port", "0", "--data", data]).ended;
      assert.match(ended.stderr, new RegExp(`already runs on .* \\(process ${sandbox.child.pid}\\)`));
      assert.equal(ended.code, 1);
      assert.equal(await clientOf(sandbox).user(), "sandbox-user", "the running one was disturbed");
      sandbox.child.kill("SIGTERM");
      assert.equal((await sandbox.ended).code, 0);
    });
  }
});
