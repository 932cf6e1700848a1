import type { Finding } from "../../src/cli/commands/ci/findings.ts";
import type { IssuerPolicy, TeamRead } from "../../src/cli/commands/ci/issuers.ts";
import type {
  Environment,
  EnvironmentSettings,
  RepositorySettings,
} from "../../src/cli/commands/ci/settings.ts";
import { ELSEWHERE, GOOD, read } from "./settings-good.ts";

/** One setting that differs from the good ones, and the one finding that it makes. */
export interface Row {
  readonly setting: string;
  readonly change?: Partial<RepositorySettings>;
  readonly policies?: readonly IssuerPolicy[];
  /** Another answer on the team that previews have. */
  readonly previews?: TeamRead;
  readonly level: Finding["level"];
  readonly where: RegExp;
  readonly what: RegExp;
  readonly fix: RegExp;
}

function environment(name: string, change: Partial<EnvironmentSettings>): Partial<RepositorySettings> {
  const before = GOOD.environments[name];
  if (before === undefined) throw new Error(name);
  return { environments: { ...GOOD.environments, [name]: { ...before, ...change } } };
}

function rules(name: string, change: Partial<Environment>): Partial<RepositorySettings> {
  const before = GOOD.environments[name]?.environment;
  if (before?.kind !== "read") throw new Error(name);
  return environment(name, { environment: read({ ...before.value, ...change }) });
}

const protectedOnly = {
  deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
};
const refs = (...list: readonly (readonly [name: string, type?: string])[]) =>
  environment("prod-preview", {
    refs: read([
      { id: 7, name: "main", type: "branch" },
      ...list.map(([name, type = "branch"], index) => ({ id: 8 + index, name, type })),
    ]),
  });
const FORBIDDEN = { kind: "unread", why: "GitHub answered 403: Resource not accessible" } as const;
const pullRule = (parameters: Partial<ReviewParameters>, bypass: readonly string[] | undefined = []) => ({
  rules: read([{ type: "pull_request", ruleset_id: 5, parameters: { ...APPROVED, ...parameters } }]),
  rulesets: {
    5: read(bypass === undefined ? {} : { bypass_actors: bypass.map((actor_type) => ({ actor_type })) }),
  },
});
const APPROVED = {
  required_approving_review_count: 1,
  dismiss_stale_reviews_on_push: false,
  require_last_push_approval: true,
  require_code_owner_review: false,
};
type ReviewParameters = typeof APPROVED;
const REVIEWS = {
  required_approving_review_count: 1,
  dismiss_stale_reviews: true,
  require_last_push_approval: false,
  require_code_owner_reviews: false,
};
const classic = (
  reviews: typeof REVIEWS & {
    bypass_pull_request_allowances?: { users: unknown[]; teams: unknown[]; apps: unknown[] };
  },
  admins = true,
) => ({
  rules: read([]),
  rulesets: {},
  protection: read({ enforce_admins: { enabled: admins }, required_pull_request_reviews: reviews }),
});

const ENVIRONMENT_ROWS: readonly Row[] = [
  ...["prod", "prod-preview", "staging", "dev"].map(
    (name): Row => ({
      setting: `no environment ${name}`,
      change: environment(name, { environment: { kind: "missing", why: "Not Found" } }),
      level: "open",
      where: new RegExp(`^environment ${name}$`),
      what: /first job that names it, on any branch, creates it without any rule/,
      fix: new RegExp(`gh api -X PUT repos/acme/shop/environments/${name} .*-f name=main -f type=branch`),
    }),
  ),
  {
    setting: "no environment preview",
    change: environment("preview", { environment: { kind: "missing", why: "Not Found" } }),
    level: "advice",
    where: /^environment preview$/,
    what: /does not exist/,
    fix: /gh api -X PUT repos\/acme\/shop\/environments\/preview/,
  },
  ...["prod", "prod-preview", "staging", "dev"].map(
    (name): Row => ({
      setting: `${name} for all branches`,
      change: rules(name, { deployment_branch_policy: null }),
      level: "open",
      where: new RegExp(`^environment ${name}$`),
      what: /a job on any branch or tag may use it/,
      fix: /with the branch main alone/,
    }),
  ),
  ...["*", "**", "feature/*", "ma?n", "mai[nx]", "release", "refs/pull/*/merge"].map(
    (name): Row => ({
      setting: `prod-preview for the branch '${name}'`,
      change: refs([name]),
      level: "open",
      where: /^environment prod-preview$/,
      what: /its rule for the branch '.*' lets in more than the branch main/,
      fix: /gh api -X DELETE repos\/acme\/shop\/environments\/prod-preview\/deployment-branch-policies\/8$/,
    }),
  ),
  ...["v*", "main"].map(
    (name): Row => ({
      setting: `prod-preview for the tag '${name}'`,
      change: refs([name, "tag"]),
      level: "open",
      where: /^environment prod-preview$/,
      what: /its rule for the tag '.*' lets in more/,
      fix: /deployment-branch-policies\/8$/,
    }),
  ),
  {
    setting: "prod-preview for no branch at all",
    change: environment("prod-preview", { refs: read([]) }),
    level: "advice",
    where: /^environment prod-preview$/,
    what: /no rule names the branch main/,
    fix: /-f name=main -f type=branch/,
  },
  {
    setting: "prod-preview for protected branches, of which there is none",
    change: { ...rules("prod-preview", protectedOnly), protectedBranches: read([]) },
    level: "open",
    where: /^environment prod-preview$/,
    what: /no branch is protected: a job on any branch may use it/,
    fix: /with the branch main alone/,
  },
  {
    setting: "prod-preview for protected branches, another one among them",
    change: {
      ...rules("prod-preview", protectedOnly),
      protectedBranches: read([{ name: "main" }, { name: "next" }]),
    },
    level: "open",
    where: /^environment prod-preview$/,
    what: /which are also: next/,
    fix: /with the branch main alone/,
  },
  {
    setting: "prod-preview for protected branches, by patterns that can't be read",
    change: rules("prod-preview", protectedOnly),
    level: "unread",
    where: /^environment prod-preview$/,
    what: /does not show the patterns/,
    fix: /with the branch main alone/,
  },
  {
    setting: "protected branches that can't be read",
    change: { ...rules("prod-preview", protectedOnly), protectedBranches: FORBIDDEN },
    level: "unread",
    where: /^protected branches$/,
    what: /403/,
    fix: /gh auth token/,
  },
  {
    setting: "administrators who bypass prod's rules",
    change: rules("prod", { can_admins_bypass: true }),
    level: "open",
    where: /^environment prod$/,
    what: /administrators may bypass/,
    fix: /Allow administrators to bypass/,
  },
  {
    setting: "an answer without a word on administrators",
    change: rules("prod", { can_admins_bypass: undefined }),
    level: "unread",
    where: /^environment prod, administrators$/,
    what: /does not say/,
    fix: /Allow administrators to bypass/,
  },
  {
    setting: "prod without reviewers",
    change: rules("prod", { protection_rules: [{ type: "branch_policy" }] }),
    level: "open",
    where: /^environment prod$/,
    what: /no reviewer has to approve/,
    fix: /Required reviewers/,
  },
  {
    setting: "prod with a list of no reviewers",
    change: rules("prod", {
      protection_rules: [{ type: "required_reviewers", prevent_self_review: true, reviewers: [] }],
    }),
    level: "open",
    where: /^environment prod$/,
    what: /no reviewer has to approve/,
    fix: /Required reviewers/,
  },
  {
    setting: "a self-review on prod",
    change: rules("prod", {
      protection_rules: [{ type: "required_reviewers", prevent_self_review: false, reviewers: [{}] }],
    }),
    level: "open",
    where: /^environment prod$/,
    what: /may approve it alone/,
    fix: /Prevent self-review/,
  },
  {
    setting: "an environment that can't be read",
    change: environment("prod", { environment: FORBIDDEN }),
    level: "unread",
    where: /^environment prod$/,
    what: /403: Resource not accessible/,
    fix: /gh auth token/,
  },
  {
    setting: "branch rules that can't be read",
    change: environment("prod", { refs: FORBIDDEN }),
    level: "unread",
    where: /^environment prod, branches$/,
    what: /403/,
    fix: /gh auth token/,
  },
  {
    setting: "an environment's secrets that can't be read",
    change: environment("prod", { secrets: FORBIDDEN }),
    level: "unread",
    where: /^environment prod, secrets$/,
    what: /403/,
    fix: /gh auth token/,
  },
  {
    setting: "a Pulumi token in preview",
    change: environment("preview", { secrets: read([{ name: "PULUMI_ACCESS_TOKEN" }]) }),
    level: "open",
    where: /^environment preview$/,
    what: /PULUMI_ACCESS_TOKEN, which a job on any branch can read/,
    fix: /gh secret delete PULUMI_ACCESS_TOKEN --env preview --repo acme\/shop/,
  },
  {
    setting: "a Pulumi token in prod",
    change: environment("prod", { secrets: read([{ name: "PULUMI_ACCESS_TOKEN" }]) }),
    level: "advice",
    where: /^environment prod$/,
    what: /log in without it/,
    fix: /gh secret delete PULUMI_ACCESS_TOKEN --env prod/,
  },
];

const BRANCH_ROWS: readonly Row[] = [
  {
    setting: "another default branch",
    change: { facts: { ...GOOD.facts, default_branch: "develop" } },
    level: "open",
    where: /^default branch$/,
    what: /'develop'/,
    fix: /--default-branch main/,
  },
  {
    setting: "main without any rule",
    change: { rules: read([]), rulesets: {} },
    level: "open",
    where: /^branch main$/,
    what: /without anybody's approval/,
    fix: /Require a pull request before merging/,
  },
  {
    setting: "a pull request that nobody has to approve",
    change: pullRule({ required_approving_review_count: 0 }),
    level: "open",
    where: /^branch main$/,
    what: /without anybody's approval/,
    fix: /1 approval or more/,
  },
  {
    setting: "an approval that later commits keep",
    change: pullRule({ require_last_push_approval: false }),
    level: "open",
    where: /^branch main$/,
    what: /a commit after the approval/,
    fix: /most recent reviewable push/,
  },
  {
    setting: "a role that bypasses the ruleset",
    change: pullRule({}, ["RepositoryRole"]),
    level: "open",
    where: /^branch main$/,
    what: /RepositoryRole may bypass ruleset 5/,
    fix: /empty the bypass list/,
  },
  {
    setting: "a ruleset that does not name who bypasses it",
    change: { ...pullRule({}), rulesets: { 5: read({}) } },
    level: "unread",
    where: /^branch main, ruleset 5$/,
    what: /only to whom may edit it/,
    fix: /gh auth token/,
  },
  {
    setting: "administrators outside the branch protection",
    change: classic(REVIEWS, false),
    level: "open",
    where: /^branch main$/,
    what: /administrators may bypass branch protection/,
    fix: /Do not allow bypassing/,
  },
  {
    setting: "an app outside the branch protection",
    change: classic({ ...REVIEWS, bypass_pull_request_allowances: { users: [], teams: [], apps: [{}] } }),
    level: "open",
    where: /^branch main$/,
    what: /some apps may bypass/,
    fix: /empty the bypass list/,
  },
  {
    setting: "a branch protection that can't be read, and no ruleset",
    change: { rules: read([]), rulesets: {}, protection: { kind: "missing", why: "Not Found" } },
    level: "unread",
    where: /^branch main, branch protection$/,
    what: /Not Found/,
    fix: /gh auth token/,
  },
  {
    setting: "rulesets that can't be read, and no branch protection",
    change: { rules: FORBIDDEN, rulesets: {} },
    level: "unread",
    where: /^branch main, rulesets$/,
    what: /403/,
    fix: /gh auth token/,
  },
];

const PRIVATE = { facts: { ...GOOD.facts, private: true }, forkApproval: ELSEWHERE };
const FORKS = {
  run_workflows_from_fork_pull_requests: true,
  send_write_tokens_to_workflows: false,
  send_secrets_and_variables: false,
  require_approval_for_fork_pr_workflows: true,
};
const permissions = (change: object) => ({
  workflowPermissions: read({
    default_workflow_permissions: "read",
    can_approve_pull_request_reviews: false,
    ...change,
  }),
});

const ACTIONS_ROWS: readonly Row[] = [
  {
    setting: "a workflow token that may write",
    change: permissions({ default_workflow_permissions: "write" }),
    level: "open",
    where: /^Actions, workflow permissions$/,
    what: /may write to the repository/,
    fix: /-f default_workflow_permissions=read$/,
  },
  {
    setting: "workflows that approve pull requests",
    change: permissions({ can_approve_pull_request_reviews: true }),
    level: "open",
    where: /^Actions, workflow permissions$/,
    what: /may approve that branch's own pull request/,
    fix: /-F can_approve_pull_request_reviews=false/,
  },
  {
    setting: "workflows that approve pull requests, where a code owner has to approve as well",
    change: {
      ...permissions({ can_approve_pull_request_reviews: true }),
      ...pullRule({ require_code_owner_review: true }),
    },
    level: "unread",
    where: /^Actions, workflow permissions$/,
    what: /whether CODEOWNERS covers every file/,
    fix: /two approvals/,
  },
  {
    setting: "forks of known contributors",
    change: { forkApproval: read({ approval_policy: "first_time_contributors" }) },
    level: "advice",
    where: /^Actions, pull requests from forks$/,
    what: /without an approval/,
    fix: /approval_policy=all_external_contributors$/,
  },
  {
    setting: "forks of a private repository with its secrets",
    change: { ...PRIVATE, privateForks: read({ ...FORKS, send_secrets_and_variables: true }) },
    level: "open",
    where: /^Actions, pull requests from forks$/,
    what: /get the repository's secrets$/,
    fix: /-F send_secrets_and_variables=false/,
  },
  {
    setting: "forks of a private repository with a token that may write",
    change: { ...PRIVATE, privateForks: read({ ...FORKS, send_write_tokens_to_workflows: true }) },
    level: "open",
    where: /^Actions, pull requests from forks$/,
    what: /a token that may write$/,
    fix: /-F send_write_tokens_to_workflows=false/,
  },
  {
    setting: "forks of a private repository without an approval",
    change: { ...PRIVATE, privateForks: read({ ...FORKS, require_approval_for_fork_pr_workflows: false }) },
    level: "advice",
    where: /^Actions, pull requests from forks$/,
    what: /run without an approval/,
    fix: /require_approval_for_fork_pr_workflows=true/,
  },
  ...(["workflowPermissions", "forkApproval", "secrets", "organizationSecrets", "subject"] as const).map(
    (name): Row => ({
      setting: `${name} that can't be read`,
      change: { [name]: FORBIDDEN },
      level: "unread",
      where: /^(Actions, |repository secrets|organization secrets|OIDC subject)/,
      what: /403/,
      fix: /gh auth token/,
    }),
  ),
  {
    setting: "fork settings of a private repository that can't be read",
    change: { ...PRIVATE, privateForks: FORBIDDEN },
    level: "unread",
    where: /^Actions, pull requests from forks$/,
    what: /403/,
    fix: /gh auth token/,
  },
  ...["PULUMI_ACCESS_TOKEN", "CLOUDFLARE_API_TOKEN", "CF_TOKEN", "NPM_TOKEN"].map(
    (name): Row => ({
      setting: `the repository secret ${name}`,
      change: { secrets: read([{ name }]) },
      level: "open",
      where: new RegExp(`^repository secret ${name}$`),
      what: /any branch can read it/,
      fix: new RegExp(`gh secret delete ${name} --repo acme/shop$`),
    }),
  ),
  {
    setting: "another repository secret",
    change: { secrets: read([{ name: "CODECOV" }]) },
    level: "advice",
    where: /^repository secret CODECOV$/,
    what: /any branch can read it/,
    fix: /gh secret delete CODECOV/,
  },
  {
    setting: "an organization's secret with a name that is none",
    change: { organizationSecrets: read([{ name: "PULUMI; rm -rf /" }]) },
    level: "open",
    where: /^organization secret/,
    what: /any branch can read it/,
    fix: /gh secret delete NAME --org acme$/,
  },
];

export const ROWS: readonly Row[] = [...ENVIRONMENT_ROWS, ...BRANCH_ROWS, ...ACTIONS_ROWS];
