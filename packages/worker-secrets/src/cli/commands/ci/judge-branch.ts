import { DEPLOYED_BRANCH } from "./expected.ts";
import { type Finding, open, READ_FIX, unread } from "./findings.ts";
import type { RepositorySettings } from "./settings.ts";

type Settings = Pick<RepositorySettings, "facts" | "protection" | "rules" | "rulesets">;

/** What one rule demands before something reaches the branch. Of several, GitHub demands what each of them does. */
interface ReviewRule {
  readonly where: string;
  readonly approvals: number;
  /** A commit after the approval needs another one. */
  readonly fresh: boolean;
  readonly codeOwners: boolean;
  /** Who need not follow it; `undefined` where this token may not know. */
  readonly bypass: readonly string[] | undefined;
}

const FIX = `Settings > Rules > Rulesets, for the branch ${DEPLOYED_BRANCH}: 'Require a pull request before merging' with 1 approval or more and 'Require approval of the most recent reviewable push', and an empty bypass list`;

/** What gets into the deployed branch without a review, and from there into every environment. */
export function judgeBranch(settings: Settings): Finding[] {
  const where = `branch ${DEPLOYED_BRANCH}`;
  const { default_branch } = settings.facts;
  const other =
    default_branch === DEPLOYED_BRANCH
      ? []
      : [
          open(
            "default branch",
            `it is '${default_branch}', whose workflows run on a schedule and after pull requests; the workflows and these rules are for ${DEPLOYED_BRANCH}`,
            `gh repo edit ${settings.facts.full_name} --default-branch ${DEPLOYED_BRANCH}`,
          ),
        ];
  const { rules, unknown } = reviewRules(settings);
  const required = rules.filter(({ approvals }) => approvals > 0);
  // What can't be read may be what protects it; then nobody can tell.
  if (required.length === 0 && unknown.length > 0) return [...other, ...unknown];
  if (required.length === 0)
    return [...other, open(where, "changes reach it without anybody's approval", FIX)];
  const stale = required.every(({ fresh }) => !fresh)
    ? [open(where, "a commit after the approval is merged without another one", FIX)]
    : [];
  return [...other, ...stale, ...judgeBypass(where, required)];
}

/** One rule that nobody may bypass is enough. */
function judgeBypass(where: string, required: readonly ReviewRule[]): Finding[] {
  if (required.some(({ bypass }) => bypass?.length === 0)) return [];
  return required.map(({ where: rule, bypass }) =>
    bypass === undefined
      ? unread(`${where}, ${rule}`, "GitHub names those who may bypass it only to whom may edit it", READ_FIX)
      : open(
          where,
          `${bypass.join(", ")} may bypass ${rule}`,
          `Settings > Rules or Branches > ${rule}: empty the bypass list; for a branch protection also set 'Do not allow bypassing the above settings'`,
        ),
  );
}

/** Whether the approval of a workflow could be all that a change needs. Where code owners have to approve, that is up to CODEOWNERS. */
export function oneApprovalIsEnough(settings: Settings): "yes" | "no" | "unless code owners" {
  const { rules } = reviewRules(settings);
  // A workflow approves as one account, and the author's own approval does not count.
  if (rules.some(({ approvals }) => approvals > 1)) return "no";
  return rules.some(({ codeOwners, approvals }) => codeOwners && approvals > 0)
    ? "unless code owners"
    : "yes";
}

/** Rules of rulesets and the classic protection, in one form. */
function reviewRules(settings: Settings): { rules: readonly ReviewRule[]; unknown: readonly Finding[] } {
  const where = `branch ${DEPLOYED_BRANCH}`;
  const { rules, protection } = settings;
  const found: ReviewRule[] = [];
  const unknown: Finding[] = [];
  if (rules.kind === "read") found.push(...rulesetRules(rules.value, settings.rulesets));
  else unknown.push(unread(`${where}, rulesets`, rules.why, READ_FIX));
  if (protection.kind === "read") found.push(...classicRule(protection.value));
  // The 404 of an administrator's token says so; without the right, GitHub answers another 404, or 403.
  else if (!(protection.kind === "missing" && /not protected/i.test(protection.why)))
    unknown.push(unread(`${where}, branch protection`, protection.why, READ_FIX));
  return { rules: found, unknown };
}

type Rules = Extract<RepositorySettings["rules"], { kind: "read" }>["value"];

function rulesetRules(rules: Rules, rulesets: RepositorySettings["rulesets"]): ReviewRule[] {
  return rules
    .filter(({ type }) => type === "pull_request")
    .map(({ ruleset_id, parameters }): ReviewRule => {
      const ruleset = rulesets[ruleset_id];
      const actors = ruleset?.kind === "read" ? ruleset.value.bypass_actors : undefined;
      return {
        where: `ruleset ${ruleset_id}`,
        approvals: parameters?.required_approving_review_count ?? 0,
        fresh:
          parameters?.dismiss_stale_reviews_on_push === true ||
          parameters?.require_last_push_approval === true,
        codeOwners: parameters?.require_code_owner_review === true,
        bypass: actors?.map(({ actor_type }) => actor_type),
      };
    });
}

type Classic = Extract<RepositorySettings["protection"], { kind: "read" }>["value"];

function classicRule({ required_pull_request_reviews: reviews, enforce_admins }: Classic): ReviewRule[] {
  if (reviews === undefined) return [];
  const allowed = reviews.bypass_pull_request_allowances;
  const some = (list: readonly unknown[] | undefined, who: string) => ((list ?? []).length > 0 ? [who] : []);
  return [
    {
      where: "branch protection",
      approvals: reviews.required_approving_review_count,
      fresh: reviews.dismiss_stale_reviews || reviews.require_last_push_approval,
      codeOwners: reviews.require_code_owner_reviews,
      bypass: [
        ...(enforce_admins?.enabled === true ? [] : ["administrators"]),
        ...some(allowed?.users, "some users"),
        ...some(allowed?.teams, "some teams"),
        ...some(allowed?.apps, "some apps"),
      ],
    },
  ];
}
