import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type SmallDisk, smallDisk } from "../../../tests/helpers/small-disk.ts";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import type { SandboxDescription } from "../src/description.ts";
import { DiskRefused, diskFault } from "../src/store/disk.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

describe("the sandbox on a disk that takes no more", function () {
  this.timeout(120_000);
  const folder = tempFolder();
  const mounted = join(folder, "disk");
  let disk: SmallDisk | undefined;
  before(async function () {
    mkdirSync(mounted);
    disk = await smallDisk(mounted, 8);
    if (disk === undefined) this.skip();
  });
  after(() => disk?.close());

  const theDisk = (): SmallDisk => {
    assert.ok(disk);
    return disk;
  };
  /** What was acknowledged: the variables of one Environment. */
  const acknowledged = new Map<string, string>();
  let sandbox: Running;
  const call = async (method: string, path: string, body?: unknown) => {
    const { pulumi } = sandbox.description;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(`${pulumi.url}${path}`, {
      method,
      headers: { authorization: `token ${pulumi.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: text }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const ENVIRONMENT = "/api/esc/environments/sandbox/shop/full";
  const set = async (name: string, value: string) => {
    const values = Object.fromEntries([...acknowledged, [name, value]]);
    const answer = await call("PATCH", ENVIRONMENT, JSON.stringify({ values }));
    if (answer.status === 200) acknowledged.set(name, value);
    return answer;
  };
  const holdsAll = async () => {
    const session = await call("POST", `${ENVIRONMENT}/open`);
    assert.equal(session.status, 200, session.text);
    const opened = await call("GET", `${ENVIRONMENT}/open/${JSON.parse(session.text).id}`);
    const { properties } = JSON.parse(opened.text) as { properties: Record<string, { value: string }> };
    const found = Object.entries(properties).map(([name, { value }]) => [name, value] as const);
    assert.deepEqual(new Map(found), acknowledged);
  };
  /** Writes until the disk says no; gives what was answered then. */
  const setUntilRefused = async (name: string) => {
    for (let write = 0; write < 200; write++) {
      const answer = await set(name, `${write} ${"x".repeat(20_000)}`);
      if (answer.status !== 200) return answer;
    }
    throw new Error("the disk took everything");
  };
  const SAYS = /nothing was written to .*(is full\. Free some space|it fails\. See).*stored before is safe/;

  it("refuses what does not fit, in words, and keeps what it had; then goes on", async () => {
    sandbox = await start(theDisk(), join(mounted, "data"));
    assert.equal(
      (await call("POST", "/api/esc/environments/sandbox", { project: "shop", name: "full" })).status,
      200,
    );
    for (let write = 0; write < 5; write++)
      assert.equal((await set(`N${write}`, `value ${write}`)).status, 200);

    theDisk().fill(sandbox.pid);
    const refused = await setUntilRefused("BIG");
    assert.equal(refused.status, 507, refused.text);
    assert.match(refused.text, SAYS);
    await holdsAll();
    // A part of the words that whoever runs it sees, and no stack trace.
    assert.match(sandbox.printed(), SAYS);
    assert.doesNotMatch(sandbox.printed(), /^\s+at /m);

    theDisk().free(sandbox.pid);
    assert.equal((await set("AFTER", "it fits again")).status, 200);
    await holdsAll();
  });

  it("says it in Cloudflare's form too", async () => {
    const { url, token, accountId } = sandbox.description.cloudflare;
    theDisk().fill(sandbox.pid);
    await setUntilRefused("BIG");
    const namespaces = `${url}/accounts/${accountId}/storage/kv/namespaces`;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    let last = 0;
    for (let made = 0; last !== 507 && made < 100; made++) {
      const answer = await fetch(namespaces, {
        method: "POST",
        headers,
        body: JSON.stringify({ title: `n${made} ${"x".repeat(400)}` }),
      });
      last = answer.status;
      if (last !== 507) continue;
      const { success, errors } = (await answer.json()) as {
        success: boolean;
        errors: { message: string }[];
      };
      assert.equal(success, false);
      assert.match(errors[0]?.message ?? "", SAYS);
    }
    assert.equal(last, 507);
  });

  it("loses nothing when it is killed on a full disk, and can be read and emptied after a start on it", async () => {
    sandbox.child.kill("SIGKILL");
    await once(sandbox.child, "close");
    sandbox = await start(theDisk(), join(mounted, "data"));
    await holdsAll();
    theDisk().fill(sandbox.pid);
    await setUntilRefused("BIG");
    theDisk().free(sandbox.pid);
    assert.equal((await set("LAST", "and again")).status, 200);
    await holdsAll();
    sandbox.child.kill("SIGTERM");
    await once(sandbox.child, "close");
  });

  it("does not start on a read-only disk, says why, and changes nothing", async function () {
    const { readOnly } = theDisk();
    if (readOnly === undefined) {
      console.log("      skipped: a disk can't be made read-only here");
      return this.skip();
    }
    readOnly(true);
    const refused = launch(theDisk(), join(mounted, "data"));
    const [code] = await once(refused.child, "close");
    assert.equal(code, 1);
    assert.match(refused.printed(), /can't be written \(EROFS\).*--data DIR/);
    assert.doesNotMatch(refused.printed(), /^\s+at /m);
    readOnly(false);
    sandbox = await start(theDisk(), join(mounted, "data"));
    await holdsAll();
    sandbox.child.kill("SIGTERM");
    await once(sandbox.child, "close");
  });
});

describe("what a disk says", () => {
  it("is told apart by SQLite's own codes and the system's", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (v); PRAGMA query_only = 1");
    const kind = (error: unknown) => {
      const fault = diskFault(error, "f");
      return fault instanceof DiskRefused ? fault.kind : undefined;
    };
    const thrown = (work: () => unknown): unknown => {
      try {
        return work();
      } catch (error) {
        return error;
      }
    };
    assert.equal(kind(thrown(() => database.exec("INSERT INTO t VALUES (1)"))), "read-only");
    database.exec("PRAGMA query_only = 0; PRAGMA max_page_count = 3");
    assert.equal(kind(thrown(() => database.exec("INSERT INTO t VALUES (zeroblob(100000))"))), "full");
    assert.equal(kind(thrown(() => database.exec("INSERT INTO nowhere VALUES (1)"))), undefined);
    database.close();
    const system = (code: string) => Object.assign(new Error(code), { code });
    assert.deepEqual(
      ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EPERM"].map((code) => kind(system(code))),
      ["full", "full", "read-only", "failing", undefined],
    );
    assert.equal(kind("ENOSPC"), undefined);
  });
});

interface Launched {
  readonly child: ChildProcess;
  readonly pid: number;
  printed(): string;
}

interface Running extends Launched {
  readonly description: SandboxDescription;
}

function launch(disk: SmallDisk, data: string): Launched {
  const [file, args] = disk.command(process.execPath, [MAIN, "--json", "--port", "0", "--data", data]);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
    });
  return { child, pid: child.pid ?? 0, printed: () => printed };
}

async function start(disk: SmallDisk, data: string): Promise<Running> {
  const launched = launch(disk, data);
  const closed = once(launched.child, "close").then(() => "closed");
  while (!launched.printed().includes("\n")) {
    const data = once(launched.child.stdout ?? launched.child, "data");
    if ((await Promise.race([data, closed])) === "closed") throw new Error(launched.printed());
  }
  const description = JSON.parse(launched.printed().split("\n")[0] ?? "") as SandboxDescription;
  return { ...launched, description };
}
