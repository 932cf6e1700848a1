import { CLOUD_CREDENTIAL } from "./expected.ts";
import { advice, type Finding, open, READ_FIX, unread } from "./findings.ts";
import { oneApprovalIsEnough } from "./judge-branch.ts";
import { shellName } from "./judge-environments.ts";
import type { RepositorySettings } from "./settings.ts";

/** What the settings of GitHub Actions give to a workflow on any branch, and to one from a fork. */
export function judgeActions(settings: RepositorySettings): Finding[] {
  return [
    ...judgeWorkflowToken(settings),
    ...(settings.facts.private ? judgePrivateForks(settings) : judgeForks(settings)),
    ...judgeSecrets(settings),
  ];
}

/** The settings of `GITHUB_TOKEN`, which a workflow that says nothing else gets. */
function judgeWorkflowToken(settings: RepositorySettings): Finding[] {
  const where = "Actions, workflow permissions";
  const { workflowPermissions, facts } = settings;
  if (workflowPermissions.kind !== "read") return [unread(where, workflowPermissions.why, READ_FIX)];
  const path = `gh api -X PUT repos/${facts.full_name}/actions/permissions/workflow`;
  const { default_workflow_permissions, can_approve_pull_request_reviews } = workflowPermissions.value;
  const found: Finding[] = [];
  if (default_workflow_permissions !== "read")
    found.push(
      open(
        where,
        "a workflow on any branch that names no permissions gets a token that may write to the repository",
        `${path} -f default_workflow_permissions=read`,
      ),
    );
  // GitHub has one setting for opening pull requests, which release.yml does, and for approving them.
  const enough = can_approve_pull_request_reviews ? oneApprovalIsEnough(settings) : "no";
  const fix = `${path} -F can_approve_pull_request_reviews=false; where a workflow has to open pull requests, require two approvals instead`;
  if (enough === "yes")
    found.push(open(where, "a workflow on a branch may approve that branch's own pull request", fix));
  if (enough === "unless code owners")
    found.push(
      unread(
        where,
        "a workflow may approve pull requests, and whether CODEOWNERS covers every file is unknown",
        fix,
      ),
    );
  return found;
}

/** A fork's workflow gets no credential from a public repository, only the runners' time. */
function judgeForks({ forkApproval, facts }: RepositorySettings): Finding[] {
  const where = "Actions, pull requests from forks";
  if (forkApproval.kind !== "read") return [unread(where, forkApproval.why, READ_FIX)];
  if (forkApproval.value.approval_policy === "all_external_contributors") return [];
  return [
    advice(
      where,
      "whoever had a pull request merged before runs workflows without an approval",
      `gh api -X PUT repos/${facts.full_name}/actions/permissions/fork-pr-contributor-approval -f approval_policy=all_external_contributors`,
    ),
  ];
}

function judgePrivateForks({ privateForks, facts }: RepositorySettings): Finding[] {
  const where = "Actions, pull requests from forks";
  if (privateForks.kind !== "read") return [unread(where, privateForks.why, READ_FIX)];
  const forks = privateForks.value;
  if (!forks.run_workflows_from_fork_pull_requests) return [];
  const given = [
    ...(forks.send_write_tokens_to_workflows ? ["a token that may write"] : []),
    ...(forks.send_secrets_and_variables ? ["the repository's secrets"] : []),
  ];
  const call = `gh api -X PUT repos/${facts.full_name}/actions/permissions/fork-pr-workflows-private-repos -F run_workflows_from_fork_pull_requests=true -F send_write_tokens_to_workflows=false -F send_secrets_and_variables=false -F require_approval_for_fork_pr_workflows=true`;
  if (given.length > 0) return [open(where, `their workflows get ${given.join(" and ")}`, call)];
  return forks.require_approval_for_fork_pr_workflows
    ? []
    : [advice(where, "their workflows run without an approval", call)];
}

/** A secret of the repository or organization is each workflow's, on any branch. Names alone are read. */
function judgeSecrets({ secrets, organizationSecrets, facts }: RepositorySettings): Finding[] {
  const kinds = [
    ["repository secret", secrets, `--repo ${facts.full_name}`],
    ["organization secret", organizationSecrets, `--org ${facts.full_name.split("/")[0]}`],
  ] as const;
  return kinds.flatMap(([kind, found, option]) => {
    if (found.kind !== "read") return [unread(`${kind}s`, found.why, READ_FIX)];
    return found.value.map(({ name }) =>
      CLOUD_CREDENTIAL.test(name)
        ? open(
            `${kind} ${name}`,
            "a workflow on any branch can read it; its name is that of a cloud's or npm's credential",
            `Revoke it where it was issued, then: gh secret delete ${shellName(name)} ${option}`,
          )
        : advice(
            `${kind} ${name}`,
            "a workflow on any branch can read it; the workflows here use no secret",
            `If it opens anything of production, move it into an environment: gh secret delete ${shellName(name)} ${option}`,
          ),
    );
  });
}
