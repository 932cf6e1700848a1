import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { checkReport } from "../../src/cli/ci/checked.ts";
import { pinOf } from "../../src/cli/ci/pin.ts";
import { BOT, type GitHubServer, startGitHub } from "./github-server.ts";

const MARKER = "<!-- worker-secrets: drift -->";
const NONE = { ok: true, drift: false, findings: [] };
const DRIFT = {
  ok: true,
  drift: true,
  findings: [
    {
      kind: "foreign-secret",
      level: "drift",
      where: "shop-prod",
      what: "the secret SNEAKED_IN <b> was put there by @mallory",
      fix: "Declare it",
    },
    { kind: "pin-behind", level: "info", where: "shop-prod", what: "the pin is behind", fix: "-" },
  ],
};

describe("the issue about drift (packages/worker-secrets/src/cli/ci/drift-issue.ts)", () => {
  const folder = tempFolder();
  let github: GitHubServer;
  before(async () => {
    github = await startGitHub();
  });
  after(() => github?.close());
  /** Runs the script on what `ws drift --json` printed, by stack; an absent one was never looked at. */
  const run = async (outputs: Readonly<Record<string, unknown>>) => {
    const found = join(folder, "drift");
    rmSync(found, { recursive: true, force: true });
    for (const [stack, output] of Object.entries(outputs)) {
      mkdirSync(join(found, `drift-${stack}`), { recursive: true });
      writeFileSync(
        join(found, `drift-${stack}`, "drift.json"),
        typeof output === "string" ? output : JSON.stringify(output),
      );
    }
    const ended = await runNode(["packages/worker-secrets/src/cli/ci/drift-issue.ts", found, "dev", "prod"], {
      ...github.env,
      RUN_URL: "https://github.com/acme/shop/actions/runs/2",
    }).ended;
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout.trim().split(": ")[1];
  };

  it("is opened once, rewritten, and closed by the first run that finds nothing", async () => {
    github.issues.push({
      id: 1,
      number: 1,
      title: "x",
      body: `${MARKER}\n`,
      user: { login: "mallory", type: "User" },
      state: "open",
    });
    assert.equal(await run({ dev: NONE, prod: NONE }), "none");
    assert.equal(await run({ dev: NONE, prod: DRIFT }), "created");
    assert.equal(await run({ dev: NONE, prod: DRIFT }), "unchanged");
    const [, issue] = github.issues;
    assert.deepEqual(issue?.user, BOT);
    const said = issue?.body ?? "";
    assert.match(said, /### Stack <code>prod<\/code>\n[\s\S]*SNEAKED&#95;IN/);
    assert.doesNotMatch(said, /<code>dev<\/code>|<b>|@mallory|pin is behind/);
    assert.equal(await run({ dev: DRIFT, prod: DRIFT }), "updated");
    assert.equal(await run({ dev: NONE, prod: NONE }), "closed");
    assert.deepEqual(
      github.issues.map(({ state }) => state),
      ["open", "closed"],
    );
  });

  it("never takes a stack that could not be looked at for one without drift", async () => {
    assert.equal(await run({ dev: NONE }), "created");
    assert.match(
      github.issues.at(-1)?.body ?? "",
      /prod<\/code>\n\nIt could not be looked at; the run has the reason/,
    );
    assert.equal(await run({ dev: NONE, prod: "{ torn" }), "unchanged");
    assert.equal(
      await run({ dev: NONE, prod: { ok: false, message: "nobody is logged in there" } }),
      "updated",
    );
    assert.match(
      github.issues.at(-1)?.body ?? "",
      /It could not be looked at:\n\n- <code>nobody is logged in there/,
    );
    assert.equal(await run({ dev: NONE, prod: NONE }), "closed");
  });
});

describe("the small scripts of the workflows", () => {
  const folder = tempFolder();
  const env = { PULL: "12", HEAD_SHA: "d".repeat(40), OUTCOME: "success" };

  it("checked.ts takes the counts from the last line of a test run, and none from a torn one", () => {
    const log = "3 passed, 1 failed\nnoise\n1700 passed, 0 failed, 4 skipped\n";
    assert.deepEqual(checkReport(log, env), {
      kind: "check",
      pull: 12,
      head: "d".repeat(40),
      outcome: "succeeded",
      tests: { passed: 1700, failed: 0, skipped: 4 },
    });
    assert.equal(checkReport("1700 passed, 0", { ...env, OUTCOME: "failure" }).tests, undefined);
    assert.equal(checkReport("", { ...env, OUTCOME: "cancelled" }).outcome, "failed");
    assert.throws(() => checkReport("", { ...env, PULL: "12; rm" }), /PULL: it does not have the form/);
  });

  it("pin.ts gives the revision that git pins, and the newest where it pins none", async () => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    writeFileSync(join(folder, "Pulumi.prod.yaml"), "config:\n  worker-secrets:secretsRevision: 7\n");
    assert.equal(pinOf(folder, "prod"), "7");
    assert.equal(pinOf(folder, "staging"), "latest-number");
    const ended = await runNode(["packages/worker-secrets/src/cli/ci/pin.ts", "prod"], {
      PROJECT_ROOT: folder,
    }).ended;
    assert.equal(ended.stdout, "7\n");
    assert.equal(
      (
        await runNode(["packages/worker-secrets/src/cli/ci/pin.ts", "../prod"], { PROJECT_ROOT: folder })
          .ended
      ).code,
      2,
    );
  });
});
