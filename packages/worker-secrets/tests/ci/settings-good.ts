import type { IssuerPolicy, Issuers, Team, TeamRead } from "../../src/cli/commands/ci/issuers.ts";
import type { EnvironmentSettings, RepositorySettings } from "../../src/cli/commands/ci/settings.ts";

/** The settings of a repository in which nothing is open: every row of the table changes one of them. */
export const REPOSITORY = "acme/shop";

export function read<T>(value: T) {
  return { kind: "read", value } as const;
}

/** A setting of another kind of repository. */
export const ELSEWHERE = { kind: "missing", why: "it is of another kind of repository" } as const;

const branchPolicy = { id: 7, name: "main", type: "branch" };
const reviewed = { type: "required_reviewers", prevent_self_review: true, reviewers: [{ type: "Team" }] };

function environment(rules: readonly (typeof reviewed)[], deployed = true): EnvironmentSettings {
  const policy = deployed ? { protected_branches: false, custom_branch_policies: true } : null;
  return {
    environment: read({
      can_admins_bypass: false,
      protection_rules: [...rules],
      deployment_branch_policy: policy,
    }),
    refs: read(deployed ? [branchPolicy] : []),
    secrets: read([]),
  };
}

export const GOOD: RepositorySettings = {
  facts: { id: 22, full_name: REPOSITORY, private: false, default_branch: "main", owner: { id: 11 } },
  environments: {
    prod: environment([reviewed]),
    "prod-preview": environment([]),
    staging: environment([]),
    dev: environment([]),
    preview: environment([], false),
    review: environment([], false),
  },
  protectedBranches: read([{ name: "main" }]),
  protection: { kind: "missing", why: "Branch not protected" },
  rules: read([
    { type: "deletion", ruleset_id: 5 },
    {
      type: "pull_request",
      ruleset_id: 5,
      parameters: {
        required_approving_review_count: 1,
        dismiss_stale_reviews_on_push: false,
        require_last_push_approval: true,
        require_code_owner_review: false,
      },
    },
  ]),
  rulesets: { 5: read({ bypass_actors: [] }) },
  workflowPermissions: read({
    default_workflow_permissions: "read",
    can_approve_pull_request_reviews: false,
  }),
  forkApproval: read({ approval_policy: "all_external_contributors" }),
  privateForks: ELSEWHERE,
  subject: read({ use_default: true, include_claim_keys: [], use_immutable_subject: false }),
  secrets: read([]),
  organizationSecrets: read([]),
  organization: read({ value: "acme-cloud" }),
};

/** One policy for a team, by a rule for the subject's end. */
export function teamPolicy(teamName: string, subject: string): IssuerPolicy {
  const rules = { aud: "urn:pulumi:org:acme-cloud", sub: `repo:${REPOSITORY}:${subject}` };
  return { decision: "allow", tokenType: "team", teamName, userLogin: "", rules };
}

export const GOOD_POLICIES: readonly IssuerPolicy[] = [
  teamPolicy("production", "environment:prod"),
  teamPolicy("production", "environment:prod-preview"),
  teamPolicy("deploy-dev", "environment:dev"),
  teamPolicy("previews", "environment:preview"),
  teamPolicy("previews", "environment:review"),
];

/** What the teams of the good policies may do. */
export const GOOD_TEAMS: Readonly<Record<string, Team>> = {
  production: {
    environments: [{ projectName: "shop", envName: "prod-secrets", permission: "open" }],
    stacks: [{ projectName: "shop", stackName: "prod", permission: 103 }],
  },
  "deploy-dev": {},
  previews: {
    environments: [
      { projectName: "shop", envName: "dev-secrets", permission: "open" },
      { projectName: "shop", envName: "production-notes", permission: "open" },
      { projectName: "shop", envName: "prod", permission: "read" },
    ],
    stacks: [
      { projectName: "shop", stackName: "dev", permission: 103 },
      { projectName: "shop", stackName: "prod", permission: 0 },
    ],
    roleIds: [],
  },
};

export function issuersWith(
  policies: readonly IssuerPolicy[],
  teams: Readonly<Record<string, TeamRead>> = {},
): Issuers {
  const good = Object.entries(GOOD_TEAMS).map(([name, team]) => [name, read(team)] as const);
  return {
    kind: "read",
    organization: "acme-cloud",
    issuers: [{ name: "github", policies }],
    teams: { ...Object.fromEntries(good), ...teams },
  };
}
