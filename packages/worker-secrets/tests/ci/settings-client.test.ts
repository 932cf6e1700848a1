import assert from "node:assert/strict";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { gitHubReader } from "../../src/api/github.ts";
import { readIssuers } from "../../src/cli/commands/ci/issuers.ts";
import { judge } from "../../src/cli/commands/ci/judge.ts";
import { readSettings } from "../../src/cli/commands/ci/settings.ts";
import { targetOf } from "../../src/cli/commands/ci/target.ts";
import { REPOSITORY } from "./settings-good.ts";
import { type SettingsServer, startSettings } from "./settings-server.ts";

const FIRST = `/repos/${REPOSITORY}`;

describe("the settings of a repository, read back", () => {
  const folder = tempFolder();
  let server: SettingsServer;
  before(async () => {
    server = await startSettings();
  });
  beforeEach(() => server.reset());
  after(() => server?.close());

  const look = async (env: Readonly<Record<string, string>> = {}) => {
    const all = { ...server.env, ...env };
    const target = await targetOf(undefined, folder, all);
    const settings = await readSettings(gitHubReader(target.url, target.repository, target.token));
    return judge(settings, await readIssuers("acme-cloud", all));
  };
  const refused = (work: Promise<unknown>, says: RegExp) =>
    assert.rejects(work, (error: Error) => {
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });

  it("by reads alone, in a form in which nothing is open", async () => {
    server.asked.length = 0;
    assert.deepEqual(await look(), []);
    assert.deepEqual(
      server.asked.filter((call) => !call.startsWith("GET ")),
      [],
    );
    // Names of secrets have routes of their own; no route gives a value.
    assert.ok(server.asked.includes(`GET ${FIRST}/environments/prod/secrets?per_page=100&page=1`));
  });

  it("by all pages of a list", async () => {
    const secrets = [...Array(250).keys()].map((index) => ({ name: `S${index}` }));
    server.answers.set(`${FIRST}/actions/secrets`, { body: { total_count: 250, secrets } });
    const findings = await look();
    assert.equal(findings.length, 250);
    server.answers.set(`${FIRST}/actions/secrets`, {
      // The same full page for ever, whatever page is asked for.
      body: JSON.stringify({ total_count: 1e6, secrets: secrets.slice(0, 100) }),
    });
    await refused(look(), /more than 100 pages of \/actions\/secrets/);
  });

  it("with a finding for each read that is refused, and for nothing else", async () => {
    const readable = [...server.answers.keys()].filter(
      (path) => path.startsWith(`${FIRST}/`) && !path.endsWith("/PULUMI_ORGANIZATION"),
    );
    for (const path of readable) {
      server.reset();
      server.answers.set(path, { status: 403, body: { message: "Resource not accessible" } });
      const findings = await look();
      const needed = !/\/(branches|protection)$|\/(preview|review)\/deployment-branch-policies$/.test(path);
      assert.deepEqual(
        findings.map(({ level }) => level),
        needed ? ["unread"] : [],
        path,
      );
    }
  });

  it("with a finding where an environment does not exist, or Pulumi Cloud refuses", async () => {
    server.answers.delete(`${FIRST}/environments/prod-preview`);
    server.answers.set("/api/orgs/acme-cloud/oidc/issuers", {
      status: 403,
      body: { code: 403, message: "not an administrator" },
    });
    const [open, unread, ...rest] = await look();
    assert.equal(rest.length, 0);
    assert.match(
      `${open?.level} ${open?.where}: ${open?.what}`,
      /^open environment prod-preview: it does not exist/,
    );
    assert.match(`${unread?.level} ${unread?.what}`, /^unread .*403: not an administrator/);
    const nobody = await readIssuers("acme-cloud", { PULUMI_HOME: folder, PULUMI_BACKEND_URL: server.url });
    assert.match(nobody.kind === "unread" ? nobody.why : "", /nobody is logged in there/);
  });

  it("or not at all, with one clear reason", async () => {
    const first = (status: number, headers: Readonly<Record<string, string>>, body: unknown) => {
      server.answers.set(FIRST, { status, headers, body });
    };
    await refused(
      look({ GITHUB_TOKEN: "ghs_expired" }),
      /GITHUB_TOKEN: GitHub does not accept it \(401: Bad cred/,
    );
    first(404, {}, { message: "Not Found" });
    await refused(look(), /github\.com\/acme\/shop: it does not exist, or this token may not see it/);
    first(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1796090400" }, { message: "x" });
    await refused(
      look(),
      /rate limit of this token is used up[\s\S]*After 2026-12-01T02:00:00\.000Z, run the same/,
    );
    first(403, { "retry-after": "61" }, { message: "secondary" });
    await refused(look(), /After 61 s, run the same/);
    first(429, { "retry-after": "3600" }, { message: "secondary" });
    await refused(look(), /\(429 to GET [\s\S]*After 3600 s/);
    first(403, {}, { message: "blocked" });
    await refused(look(), /GitHub answered 403: blocked/);
    first(200, {}, "<html>a proxy</html>");
    await refused(look(), /not its API's form/);
    await refused(
      look({ GITHUB_API_URL: "http://127.0.0.1:9" }),
      /127\.0\.0\.1:9: GET .*(ECONNREFUSED|bad port)/,
    );
  });

  it("and nothing is sent where the call can't be meant", async () => {
    server.asked.length = 0;
    for (const [env, says] of [
      [{ GITHUB_TOKEN: "" }, /GITHUB_TOKEN: it is not set[\s\S]*gh auth token/],
      [
        { GITHUB_TOKEN: "ghs_canary\nx" },
        /GITHUB_TOKEN: it holds a line end, which no token has; it was not sent/,
      ],
      [{ GITHUB_REPOSITORY: "shop" }, /GITHUB_REPOSITORY: it is not OWNER\/NAME/],
      [{ GITHUB_REPOSITORY: "acme/.." }, /it is not OWNER\/NAME/],
      [{ GITHUB_REPOSITORY: "acme/shop?x" }, /it is not OWNER\/NAME/],
      [{ GITHUB_REPOSITORY: "" }, /its remote 'origin' is no repository on github\.com/],
      [{ GITHUB_API_URL: "http://api.github.com" }, /GITHUB_API_URL: it is not https/],
      [{ GITHUB_API_URL: "https://a:canary@api.github.com" }, /it holds a user or a password/],
      [{ GITHUB_API_URL: "nonsense" }, /it is no address/],
    ] as const)
      await refused(look(env), says);
    assert.deepEqual(server.asked, []);
  });

  it("npx worker-secrets ci check", async () => {
    const env = { ...server.env, PULUMI_HOME: folder };
    const run = (...args: string[]) =>
      runNode(["packages/worker-secrets/src/cli/ws.ts", "ci", ...args], env).ended;
    server.answers.set(`${FIRST}/environments/prod`, {
      body: { can_admins_bypass: true, protection_rules: [], deployment_branch_policy: null },
    });
    const [told, json, help, wrong, value] = await Promise.all([
      run("check"),
      run("check", "--json"),
      run("check", "--help"),
      run("look"),
      run("check", "--repository=TOKEN=canary"),
    ]);
    assert.equal(told.code, 1, told.stderr);
    assert.match(
      told.stdout,
      /^OPEN {2}environment prod: a job on any branch or tag[\s\S]*: 3 settings are open\.\n$/,
    );
    const { ok, repository, findings, effect } = JSON.parse(json.stdout) as Record<string, unknown>;
    assert.deepEqual([json.code, ok, repository, effect], [1, false, REPOSITORY, [{ kind: "none" }]]);
    assert.equal(Array.isArray(findings) && findings.length, 3);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--repository[\s\S]*Exit codes: 0 nothing is open, 1 /);
    assert.deepEqual([wrong.code, value.code], [2, 2]);
    assert.match(wrong.stderr, /See: npx worker-secrets ci check --help/);
    for (const { stdout, stderr } of [told, json, wrong, value])
      assert.doesNotMatch(`${stdout}${stderr}`, /canary|^\s+at /m);
    server.reset();
    const good = await run("check");
    assert.deepEqual([good.code, good.stdout], [0, "github.com/acme/shop: nothing that was read is open.\n"]);
  });
});
