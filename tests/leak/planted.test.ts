import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { lookAtRun, lookAtSandbox, lookAtTheRest, lookAtWatched } from "./collect.ts";
import { Findings, PLACES, type Place } from "./findings.ts";
import { canary, newMark } from "./marker.ts";
import { joinLogs, watchRunLog } from "./run-log.ts";
import { scanner } from "./scan.ts";
import { openScene, ROOT, type Scene } from "./scene.ts";
import { watch } from "./watcher.ts";

/** Prints what it is told. */
const ECHO = "process.stdin.pipe(process.stdout)";
/** Stays for as long as the watcher surely needs on a busy machine. */
const STAY = "setTimeout(() => undefined, 2000)";

/** The same scene and the same looking as in the flows' test; only the leaks are real. */
describe("leak: what is planted is found, in each place", function () {
  this.timeout(120_000);
  const planted = newMark();
  // The sandbox prints the token that opens it.
  const token = `${planted}-${newMark()}`;
  let scene: Scene;
  let findings: Findings;

  before(async () => {
    scene = await openScene(token);
    const needles = [{ label: "planted", text: planted }];
    findings = new Findings(scanner(needles));
    const watcher = await watch([scene.folders.temporary], needles);
    await plantAll(scene, findings, planted);
    lookAtWatched(findings, scene, await watcher.stop());
    await lookAtSandbox(findings, scene);
    lookAtTheRest(findings, scene);
  });
  after(() => scene?.close());

  for (const [place, title] of Object.entries(PLACES))
    it(`in ${title}`, () => {
      const found = findings.leaks.filter((leak) => leak.place === place);
      assert.notEqual(found.length, 0, findings.report());
    });

  it("in the write-ahead log, the comment, npm's log, a packed one, and a file that was there for a moment", () => {
    const names = findings.leaks.map(({ place, name }) => `${place} ${name}`).join("\n");
    for (const part of [
      /^data sandbox\.sqlite-wal$/m,
      /^preview the comment$/m,
      /^npm .*debug-0\.log$/m,
      /^temporary gone$/m,
      /^home pulumi\.log$/m,
      /^environment node PLANTED$/m,
    ])
      assert.match(names, part);
    assert.doesNotMatch(findings.told(), new RegExp(planted), "the report tells what leaked");
  });

  it("in the log of a run of the tests, by whichever stream", () => {
    for (const at of [0, 1]) {
      const streams = [new PassThrough(), new PassThrough()] as const;
      const log = watchRunLog(streams);
      streams[0].write("all is well\n");
      streams[1].write(Buffer.from("here too\n"));
      streams[at]?.write(`  1) failed: ${JSON.stringify(canary())}\n`);
      assert.deepEqual(log.soFar().shows, ["as it is"]);
    }
    const streams = [new PassThrough()];
    const log = watchRunLog(streams);
    streams[0]?.write("12 passed, 0 failed\n");
    const good = log.soFar();
    assert.deepEqual(good, { bytes: 20, shows: [] });
    assert.deepEqual(joinLogs([good, { bytes: 1, shows: ["hex"] }]), { bytes: 21, shows: ["hex"] });
  });
});

async function plantAll(scene: Scene, findings: Findings, planted: string): Promise<void> {
  const node = (code: string, options = {}, ...args: string[]) =>
    scene.run(process.execPath, ["-e", code, ...args], options);
  const printed = await node(ECHO, { input: JSON.stringify({ value: `"${planted}` }) });
  const places: Place[] = ["output", "verbose", "errors", "preview"];
  for (const place of places) lookAtRun(findings, place, "a command", printed);
  findings.look("preview", "the comment", `### Stack dev\n- changed: ${planted}`);

  const gone = join(scene.folders.temporary, "gone");
  const come = `require("fs").writeFileSync(${JSON.stringify(gone)}, require("fs").readFileSync(0)); setTimeout(() => require("fs").rmSync(${JSON.stringify(gone)}), 2000)`;
  await Promise.all([
    node(STAY, {}, Buffer.from(planted).toString("base64")),
    node(STAY, { env: { PLANTED: encodeURIComponent(`=${planted}`) } }),
    node(come, { input: planted }),
  ]);
  const npm = await scene.run("npm", ["run", "ws", "--", planted], { cwd: ROOT });
  lookAtRun(findings, "npm", "npm run", npm);

  const { temporary, home, project, cache } = scene.folders;
  mkdirSync(cache, { recursive: true });
  for (const folder of [temporary, home, project, cache])
    writeFileSync(join(folder, "left"), Buffer.from(`..${planted}`).toString("hex"));
  // As the engine writes its own log.
  writeFileSync(join(home, "pulumi.log"), gzipSync(`{"msg":"..."}\n`.repeat(50) + planted).subarray(0, -8));
  await plantInStack(scene, planted);
}

/** In a state, in an event, and in a stack's tag: that is kept in clear. */
async function plantInStack({ sandbox }: Scene, planted: string): Promise<void> {
  const { url, token, organization } = sandbox.pulumi;
  const call = async (path: string, body: object, authorization = `token ${token}`) => {
    const answer = await fetch(`${url}/api/stacks/${organization}/shop${path}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  };
  await call("", { stackName: "dev", tags: { note: planted } });
  const resource = { urn: "urn:pulumi:dev::shop::t:i:T::a", type: "t:i:T", custom: true, id: planted };
  await call("/dev/import", { version: 3, deployment: { manifest: {}, resources: [resource] } });
  const { updateID } = await call("/dev/update", { options: {}, config: {}, metadata: {} });
  const started = await call(`/dev/update/${String(updateID)}`, {});
  const event = { sequence: 1, timestamp: 1, diagnosticEvent: { message: planted, color: "never" } };
  await call(`/dev/update/${String(updateID)}/events`, event, `update-token ${String(started.token)}`);
}
