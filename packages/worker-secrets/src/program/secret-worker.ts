import * as pulumi from "@pulumi/pulumi";
import { WORKER_COMPONENT } from "./components.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Given } from "./given.ts";
import { noteGiven } from "./given-workers.ts";
import type { WorkerSummary } from "./outputs.ts";
import type { Plan, PlanState } from "./planned.ts";
import { whilePlanned } from "./while-planned.ts";

/** Arguments of a `SecretWorker`. */
export interface SecretWorkerArgs {
  /** The result of `plan()`, or its promise. */
  readonly plan: Plan | Promise<Plan>;
  /** Values of the secrets that `programSecrets` of the Worker's config entry lists, by name. Kept secret whatever they come from. */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * The id (KV namespace, D1 database) or name (R2 bucket, queue) behind each binding that `resources` of the Worker's config entry
   * declares as `{program: true}`, by the binding's name.
   */
  readonly bindings?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A Worker of the plan: its script with the secret bindings, its addresses, crons, queue consumers and workflows, and a guard, by which
 * the engine refuses to delete a protected Worker. Code and secrets are uploaded together, as one version.
 */
export class SecretWorker extends pulumi.ComponentResource {
  /** Name of the script in the account; known after the first upload. */
  readonly scriptName: pulumi.Output<string>;
  /** Its address, with hashes and fingerprints of what was uploaded; holds no value, so it can be an output of the stack. */
  readonly summary: pulumi.Output<pulumi.Unwrap<WorkerSummary>>;

  /**
   * @param name - the Worker's name in the plan
   * @param args - the plan, and what the program passes to this Worker
   * @param options - as for any component; aliases of earlier names are added
   * @throws `pulumi.RunError`, at the latest at the program's end: the plan has no such Worker, it is constructed twice, or before the
   *   `StackEnvironment`, or program and config don't agree on the names that are passed
   */
  constructor(name: string, args: SecretWorkerArgs, options: pulumi.ComponentResourceOptions = {}) {
    // A JavaScript program may pass nothing; the plan's own check refuses that.
    const given = { secrets: args?.secrets ?? {}, bindings: args?.bindings ?? {} };
    noteGiven(args?.plan, name, given);
    // Under another name of the resource the engine would delete the script, after it has uploaded the same one.
    const before = pulumi.output(whilePlanned(args, async (state) => ({ name: nameBefore(name, state) })));
    const aliases = [before, ...(options.aliases ?? [])];
    super(WORKER_COMPONENT, name, {}, { ...options, aliases });
    const declared = whilePlanned(args, (state) => this.#declare(name, given, state));
    this.scriptName = pulumi.output(declared.then(({ scriptName }) => scriptName));
    this.summary = pulumi.output(declared.then(({ summary }) => summary));
    this.registerOutputs({ scriptName: this.scriptName, summary: this.summary });
  }

  async #declare(name: string, given: Given<pulumi.Input<string>>, state: PlanState) {
    const { found, declare } = state.inputs;
    const { worker, environment } = plannedWorker(name, state);
    state.constructed.set(name, { worker, component: this, scriptName: this.scriptName });
    const { scriptName, secrets } = await declare.declareSecretWorker(worker, this, given, state);
    if (state.isLast()) await state.end(environment);
    return { scriptName, summary: declare.summaryOf(worker, scriptName, secrets, found) };
  }
}

function nameBefore(name: string, { inputs }: PlanState): string {
  return inputs.found.observed.losses.moved.get(name) ?? name;
}

/** Only what was planned can be declared, each once, after the Environment. */
function plannedWorker(
  name: string,
  { inputs: { ordered }, environment, constructed }: PlanState,
): { readonly worker: DeclaredWorker; readonly environment: pulumi.Resource } {
  const worker = ordered.find((one) => one.name === name);
  if (worker === undefined)
    throw new pulumi.RunError(
      `the plan has no Worker '${name}': it has ${ordered.map((one) => one.name).join(", ")}. Its Workers are those of the config key 'workers'.`,
    );
  if (constructed.has(name)) throw new pulumi.RunError(`the Worker '${name}' is constructed twice.`);
  if (environment === undefined)
    throw new pulumi.RunError(`construct the StackEnvironment before the Worker '${name}'.`);
  return { worker, environment };
}
