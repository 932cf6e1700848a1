import { parse } from "yaml";
import { DEPLOYED_BRANCH, ENVIRONMENTS } from "../../packages/worker-secrets/src/cli/commands/ci/expected.ts";

/** The parts of a workflow that our rules look at. */
interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly if?: string;
  readonly permissions?: unknown;
  readonly environment?: string;
  readonly strategy?: {
    readonly matrix?: { readonly include?: readonly { readonly environment?: string }[] };
  };
  readonly steps?: readonly Step[];
  readonly uses?: string;
  readonly secrets?: unknown;
  readonly "timeout-minutes"?: number;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

/** What nobody but us may decide: everything of an event, its inputs, and names of branches. */
const FOREIGN = /\$\{\{[^}]*\b(github\.(event|head_ref|ref_name|base_ref|actor)|inputs\.|steps\.|needs\.)/;
const OWN_ONLY = "github.event.pull_request.head.repo.full_name == github.repository";

/** What is wrong with a workflow by our own rules, beyond what actionlint knows. Empty for a good one. */
export function ruleBreaches(text: string): string[] {
  const workflow = parse(text) as Workflow;
  const triggers = triggersOf(workflow.on);
  const breaches: string[] = [];
  const say = (what: string) => breaches.push(what);

  if (workflow.permissions === undefined) say("the workflow has no 'permissions'");
  if (workflow.concurrency === undefined) say("the workflow has no 'concurrency'");
  if (triggers.includes("pull_request_target")) say("it is triggered by pull_request_target");
  for (const line of text.split("\n")) {
    const uses = /^\s*(?:- )?uses:\s*(\S.*)$/.exec(line)?.[1];
    if (uses !== undefined && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses))
      say(`'${uses}' is not pinned by commit with its version beside it`);
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const at = (what: string) => say(`job ${name}: ${what}`);
    if (job["timeout-minutes"] === undefined) at("it has no 'timeout-minutes'");
    if (job.uses !== undefined) at("it calls another workflow, which these rules don't see");
    const steps = job.steps ?? [];
    const text = JSON.stringify(job);
    const permissions = (job.permissions ?? workflow.permissions) as
      | Record<string, string>
      | string
      | undefined;
    if (typeof permissions === "string") at(`its permissions are '${permissions}'`);
    const rights = Object.entries(typeof permissions === "object" ? permissions : {});
    const mayWrite = rights.filter(([, level]) => level === "write").map(([scope]) => scope);
    const forks = triggers.includes("pull_request") && !isOwnOnly(job);
    if (forks && /(?<!worker-)\bsecrets\b|github\.token/.test(text))
      at("a fork can reach it, and it has a secret");
    if (forks && mayWrite.length > 0) at(`a fork can reach it, and it may write ${mayWrite.join(", ")}`);
    if (forks && job.environment !== undefined) at("a fork can reach it, and it has an environment");
    // The job's own identity alone gives a token for one stack; together with the right to write here, it is too much.
    if (mayWrite.includes("id-token") && mayWrite.length > 1)
      at("it has a stack's token and may write to GitHub");
    if (mayWrite.includes("id-token") && job.environment === undefined)
      at("its identity is bound to no environment");
    for (const breach of environmentBreaches(job, workflow.on)) at(breach);
    for (const step of steps) {
      if (step.run !== undefined && FOREIGN.test(step.run))
        at("a script has an expression of the event in it");
      if (
        step.run !== undefined &&
        /\bnpm (ci|install)\b/.test(step.run) &&
        !step.run.includes("--ignore-scripts")
      )
        at("packages' install scripts run");
      // The runner tells the step's own process that the job is cancelled, and a shell hands nothing on.
      if (
        /(?<!exec )node packages\/worker-secrets\/src\/cli\/(ci\/stack\.ts|ws\.ts (promote|rotate|rollback))/.test(
          step.run ?? "",
        )
      )
        at("the engine would not hear that the job is cancelled: exec node …");
      if (step.uses?.startsWith("actions/checkout@")) {
        if (step.with?.["persist-credentials"] !== false) at("the checkout leaves its token behind");
        const ref = String(step.with?.ref ?? "");
        if (triggers.includes("workflow_run") && !ref.includes("default_branch"))
          at("it runs after another workflow and does not check out the default branch");
        if (/head/.test(ref)) at("it checks out a pull request's head by name");
      }
      if (step.uses?.startsWith("actions/setup-node@") && step.with?.["package-manager-cache"] !== false)
        at("it takes packages from a cache that other jobs write");
      if (
        step.uses?.startsWith("actions/download-artifact@") &&
        !String(step.with?.path).includes("runner.temp")
      )
        at("an artifact is unpacked into the checkout");
    }
    const token = steps.findIndex(({ uses }) => uses?.startsWith("pulumi/auth-actions@"));
    const install = steps.findLastIndex(({ run }) => /\bnpm ci\b/.test(run ?? ""));
    if (token >= 0 && install > token) at("packages are installed while the stack's token is there");
  }
  return breaches;
}

/** The GitHub environments that the workflows of a text use, by name. */
export function environmentsIn(text: string): string[] {
  return Object.values((parse(text) as Workflow).jobs).flatMap(environmentsOf);
}

function environmentsOf({ environment, strategy }: Job): string[] {
  if (environment === undefined) return [];
  if (environment !== "${{ matrix.environment }}") return [environment];
  return (strategy?.matrix?.include ?? []).map(({ environment: one = "" }) => one);
}

/** What a job's environment is for, against what `ci check` wants of it. */
function environmentBreaches(job: Job, on: unknown): string[] {
  const onlyMain =
    job.if?.includes(`github.ref == 'refs/heads/${DEPLOYED_BRANCH}'`) === true ||
    JSON.stringify(on) === JSON.stringify({ push: { branches: [DEPLOYED_BRANCH] } });
  const scopes = (job.steps ?? []).flatMap((step) => step.with?.scope ?? []).map(String);
  return environmentsOf(job).flatMap((name) => {
    const expected = ENVIRONMENTS.find((one) => one.name === name);
    if (expected === undefined) return [`its environment '${name}' is not one that ci check looks at`];
    const deployed = expected.from === "deployed branch";
    const team = deployed ? "PULUMI_TEAM" : "PULUMI_PREVIEW_TEAM";
    return [
      ...(deployed && !onlyMain ? [`it uses '${name}' from other branches than ${DEPLOYED_BRANCH}`] : []),
      ...scopes
        .filter((scope) => scope !== `team:\${{ vars.${team} }}`)
        .map((scope) => `in '${name}' it asks for ${scope}`),
    ];
  });
}

/** A job of a pull_request workflow that a fork's pull request never starts. */
function isOwnOnly({ if: condition = "" }: Job): boolean {
  return condition.includes(OWN_ONLY) || /github\.event_name != 'pull_request' &&/.test(condition);
}

function triggersOf(on: unknown): string[] {
  if (typeof on === "string") return [on];
  if (Array.isArray(on)) return on.map(String);
  return Object.keys(Object(on));
}
