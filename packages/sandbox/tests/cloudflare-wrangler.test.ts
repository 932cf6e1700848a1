import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "mocha";
import { type Half, identity, newFolder, removeFolder, SHOW_ENV, startHalf } from "./cloudflare-harness.ts";

const WRANGLER = join(import.meta.dirname, "../../../node_modules/wrangler/bin/wrangler.js");

describe("sandbox/cloudflare: the real wrangler", function () {
  this.timeout(120_000);
  const folder = newFolder();
  const project = mkdtempSync(join(tmpdir(), "wrangler-project-"));
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
    writeFileSync(join(project, "worker.js"), SHOW_ENV);
    config({});
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
    removeFolder(project);
  });

  const config = (more: object) =>
    writeFileSync(
      join(project, "wrangler.json"),
      JSON.stringify({ name: "wrangled", main: "worker.js", compatibility_date: "2026-11-01", ...more }),
    );
  const wrangler = async (args: readonly string[], input = "") => {
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      cwd: project,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: project,
        CI: "1",
        NO_COLOR: "1",
        WRANGLER_SEND_METRICS: "false",
        CLOUDFLARE_API_BASE_URL: half.api,
        CLOUDFLARE_API_TOKEN: identity.token,
        CLOUDFLARE_ACCOUNT_ID: identity.accountId,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    }
    child.stdin.end(input);
    const code = await new Promise((done) => child.once("close", done));
    assert.equal(code, 0, output);
    return output;
  };
  const env = async (): Promise<unknown> => (await fetch(`${half.workersUrl}/wrangled/`)).json();

  it("whoami", async () => {
    const output = await wrangler(["whoami"]);
    assert.match(output, /dev@example\.test/);
    assert.match(output, new RegExp(identity.accountId));
  });
  it("secret put on a Worker that is not there yet", async () => {
    await wrangler(["secret", "put", "FIRST"], "first-value\n");
    assert.match(await wrangler(["secret", "list"]), /FIRST/);
  });
  it("deploy over the draft keeps its secret", async () => {
    config({ vars: { V: "1" } });
    assert.match(await wrangler(["deploy"]), /Current Version ID: [0-9a-f-]{36}/);
    assert.deepEqual(await env(), { V: "1", FIRST: "first-value" });
  });
  it("secret put, list, bulk and delete", async () => {
    await wrangler(["secret", "put", "SECOND"], "second-value");
    await wrangler(["secret", "bulk"], JSON.stringify({ THIRD: "third-value", FIRST: null }));
    assert.deepEqual(await env(), { V: "1", SECOND: "second-value", THIRD: "third-value" });
    await wrangler(["secret", "delete", "SECOND"]);
    const output = await wrangler(["secret", "list", "--format", "json"]);
    assert.deepEqual(JSON.parse(output.slice(output.indexOf("["))), [{ name: "THIRD", type: "secret_text" }]);
  });
  it("deploy again", async () => {
    config({ vars: { V: "2" } });
    await wrangler(["deploy"]);
    assert.deepEqual(await env(), { V: "2", THIRD: "third-value" });
  });
  it("versions upload, deploy and list; deployments list", async () => {
    config({ vars: { V: "3" } });
    const output = await wrangler(["versions", "upload"]);
    const id = /Worker Version ID: ([0-9a-f-]{36})/.exec(output)?.[1] ?? "";
    assert.deepEqual(await env(), { V: "2", THIRD: "third-value" });
    await wrangler(["versions", "deploy", `${id}@100`, "--yes"]);
    assert.deepEqual(await env(), { V: "3", THIRD: "third-value" });
    assert.match(await wrangler(["versions", "list"]), new RegExp(id));
    assert.match(await wrangler(["versions", "view", id]), /THIRD/);
    assert.match(await wrangler(["deployments", "list"]), new RegExp(id));
  });
  it("delete, and deploy of a new Worker", async () => {
    await wrangler(["delete"]);
    assert.equal((await fetch(`${half.workersUrl}/wrangled/`)).status, 404);
    assert.match(await wrangler(["deploy"]), /wrangled/);
    assert.deepEqual(await env(), { V: "3" });
    await wrangler(["delete", "--force"]);
  });
});
