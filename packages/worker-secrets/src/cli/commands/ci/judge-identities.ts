import { ENVIRONMENTS, opensProduction } from "./expected.ts";
import { advice, type Finding, open, READ_FIX, unread } from "./findings.ts";
import {
  deployedIdentity,
  type Identity,
  matches,
  namedIdentities,
  subjectPrefix,
  unreviewedIdentities,
  wildcard,
} from "./identities.ts";
import type { IssuerPolicy, Issuers } from "./issuers.ts";
import { judgeTeam } from "./judge-teams.ts";
import type { RepositorySettings, Subject } from "./settings.ts";

type Settings = Pick<RepositorySettings, "facts" | "subject">;
type ReadIssuers = Extract<Issuers, { readonly kind: "read" }>;

/** What unreviewed code gets at Pulumi Cloud by the identity of its job. */
export function judgeIdentities(settings: Settings, issuers: Issuers): Finding[] {
  const where = "OIDC subject";
  if (settings.subject.kind !== "read") return [unread(where, settings.subject.why, READ_FIX)];
  const subject = settings.subject.value;
  if (!subject.use_default && subject.include_claim_keys.length > 0)
    return [judgeCustomSubject(where, settings.facts.full_name, subject)];
  if (issuers.kind === "unread")
    return [
      unread(
        "Pulumi Cloud, OIDC issuers",
        issuers.why,
        "Log in as an administrator of the organization (pulumi login), and run: npx worker-secrets ci check --organization ORGANIZATION",
      ),
    ];
  if (issuers.issuers.length === 0)
    return [advice("Pulumi Cloud, OIDC issuers", "none is GitHub's, so no job can log in", POLICY_FIX)];
  const prefix = subjectPrefix(settings.facts, subject);
  return [...judgePolicies(settings, prefix, issuers), ...judgeReach(settings, prefix, issuers)];
}

const POLICY_FIX =
  "Pulumi Cloud > Settings > Access Management > OIDC Issuers: one policy per GitHub environment, with the whole subject and a team (docs/pull-requests.md)";

/** Without the environment in it, every job of the repository has the same subject. */
function judgeCustomSubject(where: string, repository: string, { include_claim_keys }: Subject): Finding {
  const keys = include_claim_keys.join(", ");
  const fix = `gh api -X PUT repos/${repository}/actions/oidc/customization/sub -F use_default=true`;
  return include_claim_keys.some((key) => key === "environment" || key === "context")
    ? unread(
        "Pulumi Cloud, OIDC issuers",
        `the repository's subject is made of ${keys}, with which the policies are not compared`,
        fix,
      )
    : open(where, `it is made of ${keys}: a job on any branch has the subject of production's jobs`, fix);
}

/** A policy with its place, and those that are judged together with it. */
interface Placed {
  readonly policy: IssuerPolicy;
  readonly place: string;
  readonly siblings: readonly IssuerPolicy[];
}

function judgePolicies(
  { facts }: Settings,
  prefix: string,
  { issuers, teams: read }: ReadIssuers,
): Finding[] {
  const allows = issuers.flatMap(({ name, policies }) =>
    policies
      .map((policy, index): Placed => {
        const place = `Pulumi Cloud, issuer '${name}', policy ${index + 1}`;
        return { policy, place, siblings: policies };
      })
      .filter(({ policy }) => policy.decision !== "deny"),
  );
  const productions = productionIdentities(facts, prefix);
  const teams = allows
    .filter(({ policy }) => isTeam(policy) && productions.some((identity) => matches(policy, identity)))
    .map(({ policy }) => policy.teamName);
  const anybody = unreviewedIdentities(facts, prefix);
  return allows.flatMap(({ policy, place, siblings }) => {
    const lets = (identity: Identity) => matches(policy, identity) && !denied(siblings, policy, identity);
    const known = anybody.filter(lets);
    const found = known.length > 0 ? known : namedIdentities(facts, prefix, policy).filter(lets);
    if (found.length === 0) return [];
    const whom = found.map(({ what }) => what).join(", ");
    return isTeam(policy) && !teams.some((team) => sameTeam(team, policy.teamName))
      ? judgeTeam(policy.teamName, whom, read[policy.teamName])
      : [open(place, `it gives ${tokenOf(policy)} to: ${whom}`, POLICY_FIX)];
  });
}

function productionIdentities(facts: RepositorySettings["facts"], prefix: string): Identity[] {
  return ENVIRONMENTS.filter(opensProduction).map(({ name }) => deployedIdentity(facts, prefix, name));
}

/** What the token opens, as far as the policy tells. */
function tokenOf({ tokenType, teamName, userLogin }: IssuerPolicy): string {
  if (tokenType === "team") return `the token of the team '${teamName}', which production's jobs have,`;
  if (tokenType === "personal") return `a token with all rights of the user '${userLogin}'`;
  if (tokenType === "runner") return "a deployment runner's token, which gets the deployments of any stack,";
  return "a token with the rights of the whole organization";
}

function isTeam({ tokenType }: IssuerPolicy): boolean {
  return tokenType === "team";
}

/** Teams of policies may have wildcards as well. */
function sameTeam(one: string, other: string): boolean {
  return one === other || wildcard(one).test(other) || wildcard(other).test(one);
}

/** `deny` goes before `allow`. */
function denied(policies: readonly IssuerPolicy[], allow: IssuerPolicy, identity: Identity): boolean {
  return policies.some(
    (one) =>
      one.decision === "deny" &&
      one.tokenType === allow.tokenType &&
      (!isTeam(one) || wildcard(one.teamName).test(allow.teamName)) &&
      matches(one, identity),
  );
}

/** An environment that no policy lets in: its jobs fail at their login, and a new policy is about to be written. */
function judgeReach({ facts }: Settings, prefix: string, { issuers }: ReadIssuers): Finding[] {
  const allows = issuers.flatMap(({ policies }) => policies.filter(({ decision }) => decision !== "deny"));
  return productionIdentities(facts, prefix)
    .filter((identity) => !allows.some((policy) => matches(policy, identity)))
    .map(({ what, claims }) =>
      advice(
        "Pulumi Cloud, OIDC issuers",
        `no policy lets the ${what} in; its subject is ${claims.sub}`,
        POLICY_FIX,
      ),
    );
}
