import * as v from "valibot";
import type { GitHubRead, GitHubReader } from "../../../api/github.ts";
import { FaultsError } from "../../../faults.ts";
import { DEPLOYED_BRANCH, environmentsOf } from "./expected.ts";

/** A GitHub environment with its protection rules. Schema `environment` of github/rest-api-description. */
const environment = v.object({
  // Not in the description, but in the API's answers; absent on servers without this setting.
  can_admins_bypass: v.optional(v.boolean()),
  protection_rules: v.optional(
    v.array(
      v.object({
        type: v.string(),
        prevent_self_review: v.optional(v.boolean()),
        reviewers: v.optional(v.array(v.unknown())),
      }),
    ),
    [],
  ),
  deployment_branch_policy: v.nullish(
    v.object({ protected_branches: v.boolean(), custom_branch_policies: v.boolean() }),
  ),
});
/** Schema `deployment-branch-policy`. A policy without a type is of the time before tags. */
const refPolicy = v.object({ id: v.number(), name: v.string(), type: v.optional(v.string(), "branch") });
const named = v.object({ name: v.string() });

/** Schema `protected-branch`: classic protection, which only an administrator may read. */
const classicProtection = v.object({
  enforce_admins: v.optional(v.object({ enabled: v.boolean() })),
  required_pull_request_reviews: v.optional(
    v.object({
      required_approving_review_count: v.optional(v.number(), 0),
      dismiss_stale_reviews: v.optional(v.boolean(), false),
      require_last_push_approval: v.optional(v.boolean(), false),
      require_code_owner_reviews: v.optional(v.boolean(), false),
      bypass_pull_request_allowances: v.optional(
        v.object({
          users: v.optional(v.array(v.unknown()), []),
          teams: v.optional(v.array(v.unknown()), []),
          apps: v.optional(v.array(v.unknown()), []),
        }),
      ),
    }),
  ),
});
/** An active rule for a branch; `parameters` is read of `pull_request` alone. */
const rule = v.object({
  type: v.string(),
  ruleset_id: v.number(),
  parameters: v.optional(
    v.object({
      required_approving_review_count: v.optional(v.number(), 0),
      dismiss_stale_reviews_on_push: v.optional(v.boolean(), false),
      require_last_push_approval: v.optional(v.boolean(), false),
      require_code_owner_review: v.optional(v.boolean(), false),
    }),
  ),
});
/** Who may bypass is only in the answer for whoever may edit the ruleset. */
const ruleset = v.object({ bypass_actors: v.optional(v.array(v.object({ actor_type: v.string() }))) });

const workflowPermissions = v.object({
  default_workflow_permissions: v.string(),
  can_approve_pull_request_reviews: v.boolean(),
});
const forkApproval = v.object({ approval_policy: v.string() });
const privateForks = v.object({
  run_workflows_from_fork_pull_requests: v.boolean(),
  send_write_tokens_to_workflows: v.boolean(),
  send_secrets_and_variables: v.boolean(),
  require_approval_for_fork_pr_workflows: v.boolean(),
});
/** `use_immutable_subject`: docs.github.com/en/actions/reference/security/oidc, "Immutable subject claims". */
const subject = v.object({
  use_default: v.boolean(),
  include_claim_keys: v.optional(v.array(v.string()), []),
  use_immutable_subject: v.optional(v.boolean(), false),
});
const repositoryFacts = v.object({
  id: v.number(),
  full_name: v.string(),
  private: v.boolean(),
  default_branch: v.string(),
  owner: v.object({ id: v.number(), type: v.optional(v.string()) }),
});

export type Environment = v.InferOutput<typeof environment>;
export type RefPolicy = v.InferOutput<typeof refPolicy>;
export type Subject = v.InferOutput<typeof subject>;
export type RepositoryFacts = v.InferOutput<typeof repositoryFacts>;

export interface EnvironmentSettings {
  readonly environment: GitHubRead<Environment>;
  readonly refs: GitHubRead<readonly RefPolicy[]>;
  readonly secrets: GitHubRead<readonly { readonly name: string }[]>;
}

/** Everything that `ci check` reads of a repository: names and settings, no value of a secret. */
export interface RepositorySettings {
  readonly facts: RepositoryFacts;
  readonly environments: Readonly<Record<string, EnvironmentSettings>>;
  readonly protectedBranches: GitHubRead<readonly { readonly name: string }[]>;
  readonly protection: GitHubRead<v.InferOutput<typeof classicProtection>>;
  readonly rules: GitHubRead<readonly v.InferOutput<typeof rule>[]>;
  /** By the ruleset's id, of those that have an active rule for the branch. */
  readonly rulesets: Readonly<Record<number, GitHubRead<v.InferOutput<typeof ruleset>>>>;
  readonly workflowPermissions: GitHubRead<v.InferOutput<typeof workflowPermissions>>;
  /** Of a public repository; `missing` for a private one. */
  readonly forkApproval: GitHubRead<v.InferOutput<typeof forkApproval>>;
  /** Of a private repository; `missing` for a public one. */
  readonly privateForks: GitHubRead<v.InferOutput<typeof privateForks>>;
  readonly subject: GitHubRead<Subject>;
  readonly secrets: GitHubRead<readonly { readonly name: string }[]>;
  readonly organizationSecrets: GitHubRead<readonly { readonly name: string }[]>;
  /** The variable PULUMI_ORGANIZATION. */
  readonly organization: GitHubRead<{ readonly value: string }>;
}

/** Reads all settings; what this token may not read is in the result as `unread`. */
export async function readSettings(github: GitHubReader): Promise<RepositorySettings> {
  const facts = await readFacts(github);
  const none = { kind: "read", value: [] } as const;
  const elsewhere = { kind: "missing", why: "it is of another kind of repository" } as const;
  const { one, all } = github;
  const [environments, rules] = await Promise.all([
    readEnvironments(github, facts.full_name),
    all(`/rules/branches/${DEPLOYED_BRANCH}`, rule),
  ]);
  const [protectedBranches, protection, rulesets, permissions, approval, forks, sub] = await Promise.all([
    all("/branches?protected=true", named),
    one(`/branches/${DEPLOYED_BRANCH}/protection`, classicProtection),
    readRulesets(github, rules),
    one("/actions/permissions/workflow", workflowPermissions),
    facts.private ? elsewhere : one("/actions/permissions/fork-pr-contributor-approval", forkApproval),
    facts.private ? one("/actions/permissions/fork-pr-workflows-private-repos", privateForks) : elsewhere,
    one("/actions/oidc/customization/sub", subject),
  ]);
  const [secrets, organizationSecrets, organization] = await Promise.all([
    all("/actions/secrets", named, "secrets"),
    facts.owner.type === "User" ? none : all("/actions/organization-secrets", named, "secrets"),
    one("/actions/variables/PULUMI_ORGANIZATION", v.object({ value: v.string() })),
  ]);
  return {
    facts,
    environments,
    protectedBranches,
    protection,
    rules,
    rulesets,
    workflowPermissions: permissions,
    forkApproval: approval,
    privateForks: forks,
    subject: sub,
    secrets,
    organizationSecrets,
    organization,
  };
}

async function readFacts(github: GitHubReader): Promise<RepositoryFacts> {
  const found = await github.one("", repositoryFacts);
  if (found.kind === "read") return found.value;
  const what =
    found.kind === "missing" ? "it does not exist, or this token may not see it (404)" : `${found.why}`;
  throw new FaultsError([
    {
      where: `github.com/${github.repository}`,
      what,
      fix: "Check the name (--repository OWNER/NAME) and that GITHUB_TOKEN is of an administrator.",
    },
  ]);
}

async function readEnvironments(
  { one, all }: GitHubReader,
  repository: string,
): Promise<Record<string, EnvironmentSettings>> {
  const read = environmentsOf(repository).map(async ({ name }) => {
    const path = `/environments/${name}`;
    const found = await one(path, environment);
    const custom = found.kind === "read" && found.value.deployment_branch_policy?.custom_branch_policies;
    const none = { kind: "read", value: [] } as const;
    return [
      name,
      {
        environment: found,
        refs: custom ? await all(`${path}/deployment-branch-policies`, refPolicy, "branch_policies") : none,
        secrets: found.kind === "read" ? await all(`${path}/secrets`, named, "secrets") : none,
      },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

async function readRulesets(
  { one }: GitHubReader,
  rules: RepositorySettings["rules"],
): Promise<RepositorySettings["rulesets"]> {
  if (rules.kind !== "read") return {};
  const ids = new Set(
    rules.value.filter(({ type }) => type === "pull_request").map(({ ruleset_id }) => ruleset_id),
  );
  const read = [...ids].map(async (id) => [id, await one(`/rulesets/${id}`, ruleset)] as const);
  return Object.fromEntries(await Promise.all(read));
}
