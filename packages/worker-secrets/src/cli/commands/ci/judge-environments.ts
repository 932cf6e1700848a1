import type { GitHubRead } from "../../../api/github.ts";
import { nameSome } from "../../../faults.ts";
import { CLOUD_CREDENTIAL, DEPLOYED_BRANCH, type ExpectedEnvironment, environmentsOf } from "./expected.ts";
import { advice, type Finding, open, READ_FIX, unread } from "./findings.ts";
import type { Environment, EnvironmentSettings, RefPolicy, RepositorySettings } from "./settings.ts";

type Settings = Pick<RepositorySettings, "facts" | "environments" | "protectedBranches">;

/** What the environments that the workflows use let in beyond what they should. */
export function judgeEnvironments(settings: Settings): Finding[] {
  const repository = settings.facts.full_name;
  return environmentsOf(repository).flatMap((expected) => {
    const found = settings.environments[expected.name];
    if (found === undefined) return [];
    const where = `environment ${expected.name}`;
    if (found.environment.kind === "unread") return [unread(where, found.environment.why, READ_FIX)];
    if (found.environment.kind === "missing") return judgeMissing(expected, repository);
    const { value } = found.environment;
    return [
      ...(expected.from === "deployed branch" ? judgeRefs(where, value, found.refs, settings) : []),
      ...(expected.from === "deployed branch" ? judgeBypass(where, value) : []),
      ...(expected.approval === "required" ? judgeApproval(where, value) : []),
      ...judgeSecrets(where, expected, found.secrets, repository),
    ];
  });
}

/** A job that names an environment which does not exist creates it, without any rule. */
function judgeMissing({ name, from }: ExpectedEnvironment, repository: string): Finding[] {
  const path = `repos/${repository}/environments/${name}`;
  if (from === "any ref")
    return [advice(`environment ${name}`, "it does not exist", `Create it: gh api -X PUT ${path}`)];
  return [
    open(
      `environment ${name}`,
      "it does not exist, so the first job that names it, on any branch, creates it without any rule",
      `Create it for ${DEPLOYED_BRANCH} alone: gh api -X PUT ${path} -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true' && gh api ${path}/deployment-branch-policies -f name=${DEPLOYED_BRANCH} -f type=branch`,
    ),
  ];
}

function onlyTheBranch(where: string): string {
  const name = where.replace("environment ", "");
  return `Settings > Environments > ${name} > Deployment branches and tags: Selected branches and tags, with the branch ${DEPLOYED_BRANCH} alone`;
}

/** docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments, "Deployment branches and tags". */
function judgeRefs(
  where: string,
  { deployment_branch_policy: policy }: Environment,
  refs: GitHubRead<readonly RefPolicy[]>,
  settings: Settings,
): Finding[] {
  if (policy === null || policy === undefined)
    return [open(where, "a job on any branch or tag may use it", onlyTheBranch(where))];
  if (policy.protected_branches) return judgeProtected(where, settings.protectedBranches);
  if (refs.kind !== "read") return [unread(`${where}, branches`, refs.why, READ_FIX)];
  const others = refs.value.filter(({ name, type }) => type !== "branch" || name !== DEPLOYED_BRANCH);
  const path = `repos/${settings.facts.full_name}/${where.replace("environment ", "environments/")}`;
  const found = others.map(({ id, name, type }) =>
    open(
      where,
      `its rule for the ${type} '${name}' lets in more than the branch ${DEPLOYED_BRANCH}: whoever may push can create ${/[*?[{\\]/.test(name) ? `a ${type} that matches` : `that ${type}`}`,
      `gh api -X DELETE ${path}/deployment-branch-policies/${id}`,
    ),
  );
  if (refs.value.length > others.length) return found;
  const what = `no rule names the branch ${DEPLOYED_BRANCH}, so the workflows can't use it`;
  return [
    ...found,
    advice(
      where,
      what,
      `gh api ${path}/deployment-branch-policies -f name=${DEPLOYED_BRANCH} -f type=branch`,
    ),
  ];
}

/** "Protected branches only", where GitHub lets in all branches if none is protected. */
function judgeProtected(where: string, branches: Settings["protectedBranches"]): Finding[] {
  if (branches.kind !== "read") return [unread("protected branches", branches.why, READ_FIX)];
  const names = branches.value.map(({ name }) => name);
  if (names.length === 0)
    return [
      open(
        where,
        "it is for protected branches, and no branch is protected: a job on any branch may use it",
        onlyTheBranch(where),
      ),
    ];
  const others = names.filter((name) => name !== DEPLOYED_BRANCH);
  if (others.length > 0)
    return [
      open(
        where,
        `it is for protected branches, which are also: ${nameSome(others, 5)}`,
        onlyTheBranch(where),
      ),
    ];
  return [
    unread(
      where,
      "it is for protected branches, and the API does not show the patterns of the protection rules: a rule such as '*' protects, and lets in, every new branch",
      onlyTheBranch(where),
    ),
  ];
}

function judgeBypass(where: string, { can_admins_bypass }: Environment): Finding[] {
  if (can_admins_bypass === false) return [];
  const fix = `Settings > ${where.replace("environment ", "Environments > ")}: clear 'Allow administrators to bypass configured protection rules'`;
  return can_admins_bypass === undefined
    ? [
        unread(
          `${where}, administrators`,
          "GitHub does not say whether administrators may bypass its rules",
          fix,
        ),
      ]
    : [open(where, "administrators may bypass its rules", fix)];
}

function judgeApproval(where: string, { protection_rules }: Environment): Finding[] {
  const fix = `Settings > ${where.replace("environment ", "Environments > ")}: Required reviewers, and 'Prevent self-review' (private repositories need GitHub Enterprise for it)`;
  const rules = protection_rules.filter(
    ({ type, reviewers = [] }) => type === "required_reviewers" && reviewers.length > 0,
  );
  if (rules.length === 0) return [open(where, "no reviewer has to approve a job", fix)];
  return rules.every(({ prevent_self_review }) => prevent_self_review === true)
    ? []
    : [open(where, "whoever starts a job may approve it alone", fix)];
}

/** Jobs log in by their identity; a secret stays valid after the job, and is each job's that may use the environment. */
function judgeSecrets(
  where: string,
  { name, from }: ExpectedEnvironment,
  secrets: EnvironmentSettings["secrets"],
  repository: string,
): Finding[] {
  if (secrets.kind !== "read") return [unread(`${where}, secrets`, secrets.why, READ_FIX)];
  return secrets.value
    .filter((secret) => CLOUD_CREDENTIAL.test(secret.name))
    .map((secret) =>
      (from === "any ref" ? open : advice)(
        where,
        `it holds the secret ${secret.name}${from === "any ref" ? ", which a job on any branch can read" : "; the workflows log in without it"}`,
        `Revoke it where it was issued, then: gh secret delete ${shellName(secret.name)} --env ${name} --repo ${repository}`,
      ),
    );
}

/** A secret's name in a command line; GitHub allows no other ones. */
export function shellName(name: string): string {
  return /^\w{1,100}$/.test(name) ? name : "NAME";
}
