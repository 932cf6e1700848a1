import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { ServiceError } from "../../src/api/http.ts";
import { comment } from "../../src/cli/ci/comment.ts";
import type { CheckReport, PreviewReport } from "../../src/cli/ci/report.ts";
import { FaultsError } from "../../src/faults.ts";
import { BOT, type GitHubServer, REPOSITORY, startGitHub } from "./github-server.ts";

const HEAD = "a".repeat(40);
const MARKER = "<!-- worker-secrets: pull request -->";
const PREVIEW: PreviewReport = {
  kind: "preview",
  pull: 7,
  head: HEAD,
  outcome: "succeeded",
  stack: "dev",
  steps: [
    {
      op: "update",
      type: "cloudflare:index/workersScript:WorkersScript",
      name: "sample",
      properties: ["bindings"],
    },
  ],
  secrets: { added: ["NEW_KEY"], changed: ["API_KEY"], removed: [] },
  problems: [],
};
const CHECK: CheckReport = { kind: "check", pull: 7, head: HEAD, outcome: "succeeded" };

describe("the comment of a pull request (packages/worker-secrets/src/cli/ci/comment.ts)", () => {
  const folder = tempFolder();
  const file = join(folder, "report.json");
  const summary = join(folder, "summary.md");
  let github: GitHubServer;
  const give = (report: unknown) =>
    writeFileSync(file, typeof report === "string" ? report : JSON.stringify(report));
  const env = () => ({
    ...github.env,
    HEAD_SHA: HEAD,
    RUN_URL: "https://github.com/acme/shop/actions/runs/1",
    GITHUB_STEP_SUMMARY: summary,
  });
  const good = (report: unknown) => {
    give(report);
    return comment(file, env());
  };
  const refused = async (report: unknown, other: Record<string, string> = {}) => {
    give(report);
    const before = JSON.stringify([...github.comments]);
    const said = await comment(file, { ...env(), ...other }).then(
      (text) => assert.fail(`it was taken: ${text}`),
      (error: unknown) => {
        // Of these, and of no other error, the script prints the message alone.
        assert.ok(error instanceof FaultsError || error instanceof ServiceError, String(error));
        return error.message;
      },
    );
    assert.equal(JSON.stringify([...github.comments]), before);
    return said;
  };
  const bodies = (pull = 7) => (github.comments.get(pull) ?? []).map(({ body }) => body);

  before(async () => {
    github = await startGitHub();
  });
  beforeEach(() => {
    github.comments.clear();
    github.asked.length = 0;
    rmSync(summary, { force: true });
    github.pulls.set(7, {
      state: "open",
      head: { sha: HEAD, repo: { full_name: REPOSITORY } },
      created_at: "2026-11-01T00:00:00Z",
    });
  });
  after(() => github?.close());

  it("is made once, kept up to date, and left alone where nothing is new", async () => {
    assert.match(await good(PREVIEW), /pull request 7: created/);
    assert.match(await good(PREVIEW), /unchanged/);
    assert.match(await good({ ...PREVIEW, steps: [] }), /updated/);
    assert.equal(bodies().length, 1);
    const [body = ""] = bodies();
    assert.ok(body.startsWith(MARKER));
    assert.match(body, /Nothing changes\./);
    assert.match(
      body,
      /Commit aaaaaaaaaaaa · \[the run\]\(https:\/\/github\.com\/acme\/shop\/actions\/runs\/1\)/,
    );
    assert.ok(readFileSync(summary, "utf8").includes("Nothing changes."));
  });

  it("names what changes, secrets by name alone, and why a preview failed", async () => {
    await good(PREVIEW);
    const [body = ""] = bodies();
    assert.match(body, /- added: <code>NEW&#95;KEY<\/code>/);
    assert.match(body, /- changed: <code>API&#95;KEY<\/code>/);
    assert.doesNotMatch(body, /removed:/);
    assert.match(body, /One resource changes:[\s\S]*<code>sample<\/code>[\s\S]*<code>bindings<\/code>/);
    await good({ ...PREVIEW, outcome: "failed", steps: [], problems: ["API_KEY has no value"] });
    assert.match(bodies()[0] ?? "", /\*\*It failed\.\*\*[\s\S]*API&#95;KEY has no value/);
  });

  it("never takes somebody else's comment for its own, and finds its own on a later page", async () => {
    const foreign = Array.from({ length: 130 }, (_, id) => ({
      id,
      body: id === 3 ? `${MARKER}\nmine` : "looks good",
      user: { login: "mallory", type: "User" as const },
    }));
    github.comments.set(7, [
      ...foreign,
      { id: 990, body: MARKER, user: BOT },
      { id: 991, body: MARKER, user: BOT },
    ]);
    assert.match(await good(PREVIEW), /updated/);
    assert.equal(bodies().length, 131);
    assert.equal(bodies()[3], `${MARKER}\nmine`);
    assert.match(bodies()[130] ?? "", /One resource changes/);
  });

  it("says nothing for a newer head or a closed pull request", async () => {
    const pull = github.pulls.get(7);
    assert.ok(pull);
    github.pulls.set(7, { ...pull, head: { ...pull.head, sha: "b".repeat(40) } });
    assert.match(await good(PREVIEW), /newer head/);
    github.pulls.set(7, { ...pull, state: "closed" });
    assert.match(await good(PREVIEW), /is closed/);
    assert.deepEqual(bodies(), []);
  });

  it("believes a report nothing that GitHub does not say too", async () => {
    assert.match(await refused({ ...PREVIEW, head: "c".repeat(40) }), /about another commit than the run/);
    assert.match(await refused({ ...PREVIEW, pull: 8 }), /there is no pull request 8/);
    github.pulls.set(7, {
      state: "open",
      head: { sha: HEAD, repo: { full_name: "mallory/shop" } },
      created_at: "2026-11-01T00:00:00Z",
    });
    assert.match(await refused(PREVIEW), /a preview of a pull request from a fork: none is ever made/);
    assert.match(await good({ ...CHECK, tests: { passed: 3, failed: 0, skipped: 1 } }), /created/);
    assert.match(
      bodies()[0] ?? "",
      /It passed[\s\S]*3 tests passed, 0 failed, 1 skipped[\s\S]*without any credential/,
    );
  });

  it("refuses every report of another form, and repeats nothing of it", async () => {
    const canary = "canary-@everyone";
    for (const bad of [
      canary,
      "",
      "null",
      { ...PREVIEW, [canary]: 1 },
      { ...PREVIEW, stack: `dev\n${canary}` },
      { ...PREVIEW, pull: `7/comments/${canary}` },
      { ...PREVIEW, url: `javascript:${canary}` },
      { ...PREVIEW, url: `https://x.dev/${canary}` },
      { ...PREVIEW, steps: [{ op: canary }] },
      { ...PREVIEW, secrets: { added: [canary.repeat(100)], changed: [], removed: [] } },
      { ...CHECK, tests: { passed: canary, failed: 0, skipped: 0 } },
      canary.repeat(20_000),
    ]) {
      const text = await refused(bad);
      assert.ok(!text.includes(canary), text.slice(0, 300));
    }
    assert.deepEqual(github.asked, []);
    assert.match(await refused(PREVIEW, { HEAD_SHA: "" }), /HEAD_SHA: it is not set/);
  });

  it("is a script with exit codes, and no stack trace", async () => {
    give(PREVIEW);
    const done = await runNode(["packages/worker-secrets/src/cli/ci/comment.ts", file], env()).ended;
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.stdout, "The comment of pull request 7: created\n");
    const refusedOne = await runNode(
      ["packages/worker-secrets/src/cli/ci/comment.ts", join(folder, "none.json")],
      env(),
    ).ended;
    assert.equal(refusedOne.code, 1);
    assert.match(refusedOne.stderr, /none\.json: it is not there[\s\S]*uploaded it as its artifact/);
    assert.doesNotMatch(refusedOne.stderr, /^\s+at /m);
    assert.equal((await runNode(["packages/worker-secrets/src/cli/ci/comment.ts"]).ended).code, 2);
  });

  it("shows whatever a pull request names as text: no markup, mention, link or control character", async () => {
    const hostile = [
      "<img src=x onerror=alert(1)>",
      "@acme/admins",
      "[click](https://evil.example)",
      "https://evil.example",
      "| a | b |",
      "`</code>`",
      "fixes #1",
      "a\nb\r\n## title",
      "\u202egnp.exe\u200b\u0000",
      "--> <!--",
    ];
    await good({
      ...PREVIEW,
      steps: hostile.map((name) => ({ op: "update", type: name, name, properties: [name] })),
      secrets: { added: hostile, changed: [], removed: [] },
    });
    const [body = ""] = bodies();
    const [, ...lines] = body.split("\n");
    for (const line of lines.slice(0, -1)) {
      const plain = line.replace(/<code>[A-Za-z0-9 &#;]*<\/code>/g, "X");
      assert.match(plain, /^(#{3} Stack X|- [\w: X]*|[A-Za-z0-9 ,.():]*)$/, line);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(body, /[\u0000-\u0009\u000b-\u001f\u202e\u200b]/);
  });

  it("leaves out what looks like a value, and stays below what GitHub takes", async () => {
    const values = [
      `ghp_${"aB3".repeat(12)}`,
      `pul-${"0f".repeat(20)}`,
      "-----BEGIN PRIVATE KEY-----",
      "kJ8vQ2mZx7Lp0RtYw5NcBd3FgHs9TuVe",
    ];
    await good({
      ...PREVIEW,
      outcome: "failed",
      steps: [],
      problems: values.map((value) => `it is ${value} now`),
    });
    for (const value of values) assert.ok(!bodies()[0]?.includes(value.slice(0, 16)), value);
    const many = Array.from({ length: 500 }, (_, index) => ({
      op: "update",
      type: "&".repeat(200),
      name: `${index}${"&".repeat(190)}`,
      properties: Array.from({ length: 4 }, () => "&".repeat(60)),
    }));
    // At most 256 KiB of it are read.
    const long = { ...PREVIEW, steps: many.slice(0, 300) };
    assert.match(await good(long), /updated/);
    const [body = ""] = bodies();
    assert.ok(body.length > 50_000 && body.length < 65_536, `${body.length} characters`);
    assert.match(body, /\d+ more lines are left out\.\n\nCommit a+ /);
  });

  it("names the field of an answer in another form, and nothing that stands in it", async () => {
    const canary = "canary-ghs_of-somebody-else";
    const wrong = { id: Number.NaN, body: canary, user: { login: canary, type: "User" } } as const;
    github.comments.set(7, [wrong]); // JSON has no NaN: it comes as null
    const comments = await refused(PREVIEW);
    assert.match(
      comments,
      /^GitHub answered with something that is not its API's form \(0\.id: number expected\)$/,
    );
    github.comments.clear();
    const pull = { state: "open", head: { sha: canary, repo: null }, created_at: canary } as const;
    github.pulls.set(7, pull);
    const created = await refused(PREVIEW);
    assert.match(created, /^GitHub answered .*\(created_at: \S+ expected\)$/);
    assert.ok(!`${comments}${created}`.includes("canary"));
  });

  it("says GitHub's own words when it is refused, and never the token", async () => {
    const text = await refused(PREVIEW, { GITHUB_TOKEN: "ghs_wrongcanary" });
    assert.match(text, /GitHub answered 401 .*Bad credentials/);
    assert.ok(!text.includes("canary"));
    assert.match(
      await refused(PREVIEW, { GITHUB_TOKEN: "", GITHUB_REPOSITORY: "" }),
      /GITHUB_TOKEN[\s\S]*GITHUB_REPOSITORY/,
    );
  });
});
