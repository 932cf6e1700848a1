import { DEPLOYED_BRANCH, ENVIRONMENTS } from "./expected.ts";
import type { IssuerPolicy } from "./issuers.ts";
import type { RepositoryFacts, Subject } from "./settings.ts";

/** What a job proves of itself by its OIDC token. A claim that is not here may hold whatever the job's author wants. */
export interface Identity {
  /** For messages. */
  readonly what: string;
  readonly claims: Readonly<Record<string, string>>;
}

/** Stands for every branch that was not merged; no rule of a policy names it. */
const BRANCH = "refs/heads/branch-that-nobody-merged";

/** How the subject of a repository's identities begins, by GitHub's default format. */
export function subjectPrefix(facts: RepositoryFacts, { use_immutable_subject }: Subject): string {
  const [owner, name] = facts.full_name.split("/");
  return use_immutable_subject
    ? `repo:${owner}@${facts.owner.id}/${name}@${facts.id}`
    : `repo:${facts.full_name}`;
}

/** The identity of a job in an environment that the deployed branch alone may use. */
export function deployedIdentity(facts: RepositoryFacts, prefix: string, environment: string): Identity {
  return {
    what: `environment ${environment}`,
    claims: {
      ...ours(facts),
      sub: `${prefix}:environment:${environment}`,
      environment,
      ref: `refs/heads/${DEPLOYED_BRANCH}`,
      ref_type: "branch",
    },
  };
}

/** What code that nobody reviewed can prove: a job on a branch, a tag or a pull request here, and one of another repository. */
export function unreviewedIdentities(facts: RepositoryFacts, prefix: string): readonly Identity[] {
  const own = ours(facts);
  const onBranch = { ...own, ref: BRANCH, ref_type: "branch" };
  const inEnvironment = (name: string) => ({
    ...onBranch,
    sub: `${prefix}:environment:${name}`,
    environment: name,
  });
  const [owner = ""] = facts.full_name.split("/");
  const ids = prefix.includes("@") ? [`@${facts.owner.id}`, "@0"] : ["", ""];
  return [
    { what: "a job on any branch", claims: { ...onBranch, sub: `${prefix}:ref:${BRANCH}`, environment: "" } },
    {
      what: "a job on any tag",
      claims: {
        ...own,
        sub: `${prefix}:ref:refs/tags/v1`,
        ref: "refs/tags/v1",
        ref_type: "tag",
        environment: "",
      },
    },
    {
      what: "a job of a pull request",
      claims: { ...own, sub: `${prefix}:pull_request`, ref: "refs/pull/1/merge", environment: "" },
    },
    ...ENVIRONMENTS.filter(({ from }) => from === "any ref").map(({ name }) => ({
      what: `environment ${name}`,
      claims: inEnvironment(name),
    })),
    { what: "an environment that a job creates", claims: inEnvironment("created-by-a-job") },
    {
      what: "another repository of the same owner",
      claims: {
        ...foreign(`${owner}${ids[0]}/another${ids[1]}`),
        repository_owner: owner,
        repository_owner_id: String(facts.owner.id),
      },
    },
    {
      what: "any repository on GitHub",
      claims: { ...foreign("somebody/any"), repository_owner: "somebody", repository_owner_id: "0" },
    },
  ];
}

/**
 * What the list above does not have and a policy names: another environment or ref of this repository, or one of those that
 * its wildcards stand for. No rule of GitHub's keeps unreviewed code from it.
 */
export function namedIdentities(
  facts: RepositoryFacts,
  prefix: string,
  { rules }: IssuerPolicy,
): readonly Identity[] {
  const text = (claim: string) => (typeof rules?.[claim] === "string" ? [rules[claim]] : []);
  const [, kind, name = ""] = /:(environment|ref):([^:]*)$/.exec(text("sub")[0] ?? "") ?? [];
  // One of the names that the wildcards stand for.
  const instances = (of: string) =>
    [...(kind === of ? [name] : []), ...text(of)].map((one) =>
      one.replace(/\*+/g, "any").replaceAll("?", ""),
    );
  const own = ours(facts);
  return [
    ...instances("environment")
      .filter((one) => !DEPLOYED.includes(one))
      .map((environment) => ({
        what: `environment ${environment}`,
        claims: {
          ...own,
          ref: BRANCH,
          ref_type: "branch",
          environment,
          sub: `${prefix}:environment:${environment}`,
        },
      })),
    ...instances("ref")
      .filter((one) => one !== `refs/heads/${DEPLOYED_BRANCH}`)
      .map((ref) => ({
        what: `the ref ${ref}`,
        claims: { ...own, ref, environment: "", sub: `${prefix}:ref:${ref}` },
      })),
  ];
}

const DEPLOYED = ENVIRONMENTS.filter(({ from }) => from === "deployed branch").map(({ name }) => name);

/** The claims of another repository, whose environments have the rules that its owner gives them. */
function foreign(repository: string): Record<string, string> {
  return {
    sub: `repo:${repository}:environment:prod`,
    repository: repository.replaceAll(/@\d+/g, ""),
    repository_id: "0",
    environment: "prod",
    ref: `refs/heads/${DEPLOYED_BRANCH}`,
  };
}

function ours(facts: RepositoryFacts): Record<string, string> {
  const [owner = ""] = facts.full_name.split("/");
  return {
    repository: facts.full_name,
    repository_owner: owner,
    repository_id: String(facts.id),
    repository_owner_id: String(facts.owner.id),
  };
}

/**
 * Whether a policy's rules let an identity in. Unknown claims, and rules in a form that is not a text, count as matching for
 * `allow` and as not matching for `deny`: either way nothing open is taken for closed.
 */
export function matches({ decision, rules }: IssuerPolicy, { claims }: Identity): boolean {
  return Object.entries(rules ?? {}).every(([claim, pattern]) => {
    const value = claims[claim];
    if (value === undefined || typeof pattern !== "string") return decision !== "deny";
    return wildcard(pattern).test(value);
  });
}

/**
 * Pulumi Cloud's wildcards: `*` any characters, `?` none or one, `.` exactly one
 * (pulumi.com/docs/administration/guides/oidc-issuers, "Configure the authorization policies").
 */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$+{}()|[\]]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".?");
  return new RegExp(`^${source}$`, "s");
}
