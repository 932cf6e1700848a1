import assert from "node:assert/strict";
import { describeFindings } from "../../src/cli/commands/ci/findings.ts";
import { wildcard } from "../../src/cli/commands/ci/identities.ts";
import { judge } from "../../src/cli/commands/ci/judge.ts";
import { repositoryIn } from "../../src/cli/commands/ci/target.ts";
import { IDENTITY_ROWS, PREVIEW_ONLY, TEAM_ROWS } from "./identity-rows.ts";
import { ELSEWHERE, GOOD, GOOD_POLICIES, issuersWith, read, teamPolicy } from "./settings-good.ts";
import { ROWS } from "./settings-rows.ts";

const found = (change: Partial<typeof GOOD> = {}, policies = GOOD_POLICIES) =>
  judge({ ...GOOD, ...change }, issuersWith(policies));

const ALL = [...ROWS, ...IDENTITY_ROWS, ...TEAM_ROWS.map((row) => ({ policies: PREVIEW_ONLY, ...row }))];

describe("what the settings of a repository leave open", () => {
  it("nothing, where all are as the setup page says", () => {
    assert.deepEqual(found(), []);
    assert.equal(describeFindings([], "acme/shop"), "github.com/acme/shop: nothing that was read is open.");
  });

  for (const { setting, change, policies = GOOD_POLICIES, previews, level, where, what, fix } of ALL)
    it(`${setting}: ${level}`, () => {
      const teams = previews === undefined ? {} : { previews };
      const findings = judge({ ...GOOD, ...change }, issuersWith(policies, teams));
      assert.equal(findings.length, 1, JSON.stringify(findings));
      const [finding] = findings;
      assert.equal(finding?.level, level);
      assert.match(finding.where, where);
      assert.match(finding.what, what);
      assert.match(finding.fix, fix);
    });

  it("nothing, where one rule of several is enough, or another setting closes it", () => {
    const pullRequest = { type: "pull_request", ruleset_id: 6 };
    const parameters = {
      required_approving_review_count: 2,
      dismiss_stale_reviews_on_push: true,
      require_last_push_approval: false,
      require_code_owner_review: false,
    };
    // A second ruleset that somebody may bypass beside one that nobody may; approving workflows where two have to approve.
    const rules = read([
      ...(GOOD.rules.kind === "read" ? GOOD.rules.value : []),
      { ...pullRequest, parameters },
    ]);
    const rulesets = { ...GOOD.rulesets, 6: read({ bypass_actors: [{ actor_type: "Team" }] }) };
    const approving = { default_workflow_permissions: "read", can_approve_pull_request_reviews: true };
    assert.deepEqual(found({ rules, rulesets, workflowPermissions: read(approving) }), []);
    // Private repositories without forks' workflows.
    const forks = {
      run_workflows_from_fork_pull_requests: false,
      send_write_tokens_to_workflows: true,
      send_secrets_and_variables: true,
      require_approval_for_fork_pr_workflows: false,
    };
    assert.deepEqual(
      found({
        facts: { ...GOOD.facts, private: true },
        forkApproval: ELSEWHERE,
        privateForks: read(forks),
      }),
      [],
    );
  });

  it("nothing, where a policy is for the deployed branch, for another team, or denied", () => {
    const production = teamPolicy("production", "environment:preview");
    const byClaims = { repository: "acme/shop", environment: "prod", ref: "refs/heads/main" };
    for (const more of [
      [teamPolicy("production", "ref:refs/heads/main")],
      [{ ...production, rules: byClaims }],
      [teamPolicy("previews", "ref:refs/heads/*")],
      [production, { ...production, decision: "deny", rules: { sub: production.rules?.sub } }],
    ])
      assert.deepEqual(found({}, [...GOOD_POLICIES, ...more]), []);
  });

  it("compares policies with immutable subjects where the repository has them", () => {
    const subject = read({ use_default: true, include_claim_keys: [], use_immutable_subject: true });
    const immutable = GOOD_POLICIES.map((policy) => ({
      ...policy,
      rules: { sub: String(policy.rules?.sub).replace("acme/shop", "acme@11/shop@22") },
    }));
    assert.deepEqual(found({ subject }, immutable), []);
    const old = found({ subject });
    assert.deepEqual(
      old.map(({ level, what }) => [level, what.split("; ")[1]]),
      ["prod", "prod-preview"].map((name) => [
        "advice",
        `its subject is repo:acme@11/shop@22:environment:${name}`,
      ]),
    );
  });

  it("looks at npm's environment in the packages' own repository", () => {
    const facts = { ...GOOD.facts, full_name: "worker-secrets/worker-secrets" };
    const policies = GOOD_POLICIES.map((policy) => ({
      ...policy,
      rules: { sub: String(policy.rules?.sub).replace("acme/shop", facts.full_name) },
    }));
    const missing = {
      environment: { kind: "missing", why: "Not Found" },
      refs: read([]),
      secrets: read([]),
    } as const;
    const { prod = missing } = GOOD.environments;
    assert.deepEqual(found({ facts, environments: { ...GOOD.environments, npm: prod } }, policies), []);
    const open = found({ facts, environments: { ...GOOD.environments, npm: missing } }, policies);
    assert.deepEqual(
      open.map(({ level, where }) => `${level} ${where}`),
      ["open environment npm"],
    );
  });

  it("says what it could not look at", () => {
    const why = "the login: nobody is logged in there";
    const unread = judge(GOOD, { kind: "unread", why });
    assert.deepEqual(
      unread.map(({ level }) => level),
      ["unread"],
    );
    assert.match(unread[0]?.what ?? "", /nobody is logged in/);
    assert.deepEqual(
      judge(GOOD, undefined).map(({ level }) => level),
      ["advice"],
    );
    const none = judge(GOOD, { kind: "read", organization: "acme-cloud", issuers: [], teams: {} });
    assert.match(none[0]?.what ?? "", /none is GitHub's/);
    const text = describeFindings([...unread, ...none], "acme/shop");
    assert.match(
      text,
      /^\?\?\?\? {2}Pulumi Cloud, [\s\S]*\nnote {2}[\s\S]*nothing that was read is open, 1 can't be read\.$/,
    );
  });

  it("shows a hostile name on one line, and puts it into no command", () => {
    const name = "x\n::error::'; rm -rf / #\u202e";
    const [finding] = found({
      environments: {
        ...GOOD.environments,
        dev: {
          environment: GOOD.environments.dev?.environment ?? assert.fail(),
          refs: read([
            { id: 7, name: "main", type: "branch" },
            { id: 9, name, type: "branch" },
          ]),
          secrets: read([]),
        },
      },
    });
    assert.doesNotMatch(Object.values(finding ?? {}).join(""), /[\n\u202e]/);
    assert.match(finding?.fix ?? "", /deployment-branch-policies\/9$/);
  });
});

describe("small parts of ci check", () => {
  it("Pulumi Cloud's wildcards", () => {
    for (const [pattern, text, fits] of [
      ["repo:a/b:*", "repo:a/b:x:y", true],
      ["repo:a/b", "repo:a/bc", false],
      ["a?c", "ac", true],
      ["a?c", "abbc", false],
      ["a.c", "abc", true],
      ["a.c", "ac", false],
      ["a+(b)", "a+(b)", true],
      ["***", "", true],
    ] as const)
      assert.equal(wildcard(pattern).test(text), fits, `${pattern} ${text}`);
  });

  it("the repository of a clone", () => {
    for (const remote of [
      "https://github.com/acme/shop.git",
      "https://github.com/acme/shop",
      "https://user:token@github.com/acme/shop.git",
      "git@github.com:acme/shop.git",
      "ssh://git@github.com/acme/shop.git",
    ])
      assert.equal(repositoryIn(remote), "acme/shop", remote);
    for (const remote of [
      "",
      "https://gitlab.com/acme/shop",
      "https://github.com.evil.test/acme/shop",
      "/srv/shop",
    ])
      assert.equal(repositoryIn(remote), undefined, remote);
  });
});
