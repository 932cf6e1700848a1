import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { pulumiHistory } from "../../packages/worker-secrets/src/api/pulumi-history.ts";
import { CANARY, type FaultWorld, openFaultWorld, PROJECT_NAME } from "./fault-world.ts";
import { processesWith } from "./processes.ts";

const MARK = ["WORKER_SECRETS_UP", `first-${process.pid}`] as const;

describe("two ups at once", function () {
  this.timeout(300_000);
  let fault: FaultWorld;
  before(async function () {
    if (process.platform !== "linux") this.skip(); // it finds the processes in /proc
    fault = await openFaultWorld();
  });
  after(() => fault?.close());

  it("one wins, and the other is told so", async () => {
    const { world } = fault;
    const { pulumi, cloudflare } = world.sandbox.description;
    fault.declare("dev");
    const input = `CLOUDFLARE_ACCOUNT_ID=${cloudflare.accountId}\nCLOUDFLARE_API_TOKEN=${cloudflare.token}\nAPI_KEY=${CANARY}a\nTOP_SECRET=${CANARY}b\n`;
    assert.equal((await fault.ws(["init", "dev", "--values", "-"], input)).code, 0);
    const first = fault.startUp("dev", { [MARK[0]]: MARK[1] });
    let over = false;
    void first.ended.then(() => {
      over = true;
    });
    const history = pulumiHistory(pulumi, pulumi.organization, PROJECT_NAME, "dev");
    while ((await history.running()) === undefined) {
      assert.ok(!over, "it ended before it was seen to run");
      await pause(20);
    }
    // It stands still in the middle, for as long as the other one needs.
    const stopped = processesWith(MARK.join("="));
    for (const { pid } of stopped) process.kill(pid, "SIGSTOP");
    const second = await fault.startUp("dev").ended;
    for (const { pid } of stopped) process.kill(pid, "SIGCONT");
    const said = second.stdout + second.stderr;
    assert.equal(second.code, 1, said);
    assert.match(said, /Another update is currently in progress/);
    assert.doesNotMatch(said, /^ {2,}at /m);
    const won = await first.ended;
    assert.equal(won.code, 0, won.stdout + won.stderr);
    assert.deepEqual(await fault.preview("dev"), ["same"]);
  });
});
