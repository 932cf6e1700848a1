/**
 * What the workflows in `.github/workflows` need of the repository's settings. The one source: `ci check` compares GitHub's
 * answers with it, and tests compare the workflows and the table in docs/pull-requests.md with it.
 */

/** The branch that is deployed. Whatever runs on it was merged, so the branch's own rules decide who reviews it. */
export const DEPLOYED_BRANCH = "main";

/** One GitHub environment, which is what a job's identity (the subject of its OIDC token) is bound to. */
export interface ExpectedEnvironment {
  readonly name: string;
  /** The stacks whose ESC Environments the identity opens; none for another purpose. */
  readonly opens: readonly string[];
  /** Which refs may use it: the deployed branch alone, or any branch and pull request of the repository. */
  readonly from: "deployed branch" | "any ref";
  /** Whether a person approves each job, who is not the one who started it. */
  readonly approval: "required" | "none";
  /** Only this repository needs it. */
  readonly onlyIn?: string;
}

export const ENVIRONMENTS: readonly ExpectedEnvironment[] = [
  { name: "prod", opens: ["staging", "prod"], from: "deployed branch", approval: "required" },
  // The preview that the approver reads, and the nightly drift check: an approval would come too early, or every night.
  { name: "prod-preview", opens: ["prod"], from: "deployed branch", approval: "none" },
  { name: "staging", opens: ["dev", "staging"], from: "deployed branch", approval: "none" },
  { name: "dev", opens: ["dev"], from: "deployed branch", approval: "none" },
  // Both run the code of a pull request, so their identity is anybody's who may push a branch.
  { name: "preview", opens: ["dev"], from: "any ref", approval: "none" },
  { name: "review", opens: ["dev", "pr-N"], from: "any ref", approval: "none" },
  {
    name: "npm",
    opens: [],
    from: "deployed branch",
    approval: "required",
    onlyIn: "worker-secrets/worker-secrets",
  },
];

/** The environments that a repository needs. */
export function environmentsOf(repository: string): readonly ExpectedEnvironment[] {
  return ENVIRONMENTS.filter(({ onlyIn }) => onlyIn === undefined || onlyIn === repository.toLowerCase());
}

/** Whether the identity of an environment opens production's ESC Environments. */
export function opensProduction({ opens }: ExpectedEnvironment): boolean {
  return opens.includes("prod");
}

/** The stacks that code which nobody reviewed must not reach: those that no job from any ref opens. */
export const CLOSED_STACKS: readonly string[] = [
  ...new Set(ENVIRONMENTS.filter(({ from }) => from === "deployed branch").flatMap(({ opens }) => opens)),
].filter((stack) => !ENVIRONMENTS.some(({ from, opens }) => from === "any ref" && opens.includes(stack)));

/** Secrets whose names say that they open one of the clouds, or npm. None of them belongs to GitHub: jobs log in by OIDC. */
export const CLOUD_CREDENTIAL = /PULUMI|CLOUDFLARE|WRANGLER|^CF_|NPM_|NODE_AUTH/i;
