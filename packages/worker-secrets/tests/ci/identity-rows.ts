import type { IssuerPolicy, Team } from "../../src/cli/commands/ci/issuers.ts";
import { GOOD_POLICIES, GOOD_TEAMS, read, teamPolicy } from "./settings-good.ts";
import type { Row } from "./settings-rows.ts";

const withPolicy = (policy: IssuerPolicy) => [...GOOD_POLICIES, policy];
const claims = (rules: Record<string, string>, change: Partial<IssuerPolicy> = {}): IssuerPolicy => ({
  ...teamPolicy("production", ""),
  rules,
  ...change,
});
const ROW = {
  level: "open",
  where: /^Pulumi Cloud, issuer 'github', policy \d$/,
  fix: /OIDC Issuers/,
} as const;

export const IDENTITY_ROWS: readonly Row[] = [
  {
    setting: "production's team for preview",
    policies: withPolicy(teamPolicy("production", "environment:preview")),
    ...ROW,
    what: /the team 'production'.* to: environment preview$/,
  },
  {
    setting: "production's team for review",
    policies: withPolicy(teamPolicy("production", "environment:review")),
    ...ROW,
    what: /to: environment review$/,
  },
  {
    setting: "production's team for an environment that does not exist",
    policies: withPolicy(teamPolicy("production", "environment:production")),
    ...ROW,
    what: /to: environment production$/,
  },
  {
    setting: "production's team for prod*",
    policies: withPolicy(teamPolicy("production", "environment:prod*")),
    ...ROW,
    what: /to: environment prodany$/,
  },
  {
    setting: "production's team for every environment",
    policies: withPolicy(teamPolicy("production", "environment:*")),
    ...ROW,
    what: /environment preview, environment review, an environment that a job creates$/,
  },
  {
    setting: "production's team for the whole repository",
    policies: withPolicy(teamPolicy("production", "*")),
    ...ROW,
    what: /a job on any branch, a job on any tag, a job of a pull request/,
  },
  {
    setting: "production's team for every branch",
    policies: withPolicy(teamPolicy("production", "ref:refs/heads/*")),
    ...ROW,
    what: /to: a job on any branch$/,
  },
  {
    setting: "production's team for release branches",
    policies: withPolicy(teamPolicy("production", "ref:refs/heads/release-*")),
    ...ROW,
    what: /to: the ref refs\/heads\/release-any$/,
  },
  {
    setting: "production's team for tags",
    policies: withPolicy(teamPolicy("production", "ref:refs/tags/*")),
    ...ROW,
    what: /to: a job on any tag$/,
  },
  {
    setting: "production's team for pull requests",
    policies: withPolicy(teamPolicy("production", "pull_request")),
    ...ROW,
    what: /to: a job of a pull request$/,
  },
  {
    setting: "production's team for all of the owner's repositories",
    policies: withPolicy(claims({ sub: "repo:acme/*:environment:prod" })),
    ...ROW,
    what: /to: another repository of the same owner$/,
  },
  {
    setting: "production's team without a subject",
    policies: withPolicy(claims({ aud: "urn:pulumi:org:acme-cloud" })),
    ...ROW,
    what: /any repository on GitHub$/,
  },
  {
    setting: "production's team by the repository alone",
    policies: withPolicy(claims({ repository: "acme/shop" })),
    ...ROW,
    what: /a job on any branch/,
  },
  {
    setting: "production's team by another environment's claim",
    policies: withPolicy(claims({ repository: "acme/shop", environment: "rel-*" })),
    ...ROW,
    what: /to: environment rel-any$/,
  },
  {
    setting: "production's team by a claim that a job chooses",
    policies: withPolicy(claims({ repository: "acme/shop", workflow: "deploy" })),
    ...ROW,
    what: /a job on any branch/,
  },
  {
    setting: "a team by wildcard for preview",
    policies: withPolicy(teamPolicy("prod*", "environment:preview")),
    ...ROW,
    what: /the team 'prod\*'/,
  },
  {
    setting: "an organization's token for preview",
    policies: withPolicy({ ...teamPolicy("", "environment:preview"), tokenType: "organization" }),
    ...ROW,
    what: /rights of the whole organization to: environment preview$/,
  },
  {
    setting: "a person's token for preview",
    policies: withPolicy({
      ...teamPolicy("", "environment:preview"),
      tokenType: "personal",
      userLogin: "ann",
    }),
    ...ROW,
    what: /all rights of the user 'ann' to: environment preview$/,
  },
  {
    setting: "a runner's token for preview",
    policies: withPolicy({ ...teamPolicy("", "environment:preview"), tokenType: "runner" }),
    ...ROW,
    what: /a deployment runner's token/,
  },
  {
    setting: "a denial by a claim that a job chooses",
    policies: [
      ...withPolicy(teamPolicy("production", "environment:preview")),
      { ...teamPolicy("production", ""), decision: "deny", rules: { workflow: "preview" } },
    ],
    ...ROW,
    what: /to: environment preview$/,
  },
  {
    setting: "a denial for another team",
    policies: [
      ...withPolicy(teamPolicy("production", "environment:preview")),
      { ...teamPolicy("previews", "environment:preview"), decision: "deny" },
    ].filter(({ teamName, decision }) => teamName !== "previews" || decision === "deny"),
    ...ROW,
    what: /to: environment preview$/,
  },
  {
    setting: "no policy for prod",
    policies: GOOD_POLICIES.slice(1),
    level: "advice",
    where: /^Pulumi Cloud, OIDC issuers$/,
    what: /no policy lets the environment prod in; its subject is repo:acme\/shop:environment:prod$/,
    fix: /OIDC Issuers/,
  },
  {
    setting: "a subject without the environment",
    change: {
      subject: read({ use_default: false, include_claim_keys: ["repo"], use_immutable_subject: false }),
    },
    level: "open",
    where: /^OIDC subject$/,
    what: /has the subject of production's jobs/,
    fix: /-F use_default=true$/,
  },
  {
    setting: "a subject of the repository's own form",
    change: {
      subject: read({
        use_default: false,
        include_claim_keys: ["repo", "environment"],
        use_immutable_subject: false,
      }),
    },
    level: "unread",
    where: /^Pulumi Cloud, OIDC issuers$/,
    what: /repo, environment, with which the policies are not compared/,
    fix: /-F use_default=true$/,
  },
];

const team = (change: Team) => read({ ...GOOD_TEAMS.previews, ...change });
const onEnvironment = (envName: string, permission: string) =>
  team({ environments: [{ projectName: "shop", envName, permission }] });
const TEAM = {
  level: "open",
  where: /^Pulumi Cloud, team 'previews', whose token is for: environment preview$/,
  fix: /Settings > Teams/,
} as const;

/** The team of the good policies' `preview` alone, so that each row has one finding. */
export const PREVIEW_ONLY = GOOD_POLICIES.slice(0, 4);
export const TEAM_ROWS: readonly Row[] = [
  ...[
    ["prod-secrets", "open"],
    ["prod", "write"],
    ["staging-cloudflare", "admin"],
    ["prod", "a-right-of-tomorrow"],
  ].map(
    ([name = "", right = ""]): Row => ({
      setting: `the right '${right}' to ${name} for the team of previews`,
      previews: onEnvironment(name, right),
      ...TEAM,
      what: new RegExp(`opens the Environments shop/${name}$`),
    }),
  ),
  ...[101, 102, 103, 104].map(
    (permission): Row => ({
      setting: `the right ${permission} to the stack prod for the team of previews`,
      previews: team({ stacks: [{ projectName: "shop", stackName: "prod", permission }] }),
      ...TEAM,
      what: /has the state of the stacks shop\/prod, secrets included$/,
    }),
  ),
  {
    setting: "a role of the team of previews",
    previews: team({ roleIds: ["r-1"] }),
    ...TEAM,
    level: "unread",
    what: /has a role/,
  },
  {
    setting: "a team of previews that can't be read",
    previews: { kind: "unread", why: "403: not an administrator" },
    ...TEAM,
    level: "unread",
    what: /403: not an administrator/,
  },
  {
    setting: "teams of previews by a pattern",
    policies: [...GOOD_POLICIES.slice(0, 3), teamPolicy("preview-*", "environment:preview")],
    level: "unread",
    where: /^Pulumi Cloud, team 'preview-\*', whose/,
    what: /by a pattern/,
    fix: /Name one team/,
  },
];
