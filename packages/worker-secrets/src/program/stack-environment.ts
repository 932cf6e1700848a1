import * as pulumi from "@pulumi/pulumi";
import { ENVIRONMENT_COMPONENT } from "./components.ts";
import type { Plan, PlanState } from "./planned.ts";
import { whilePlanned } from "./while-planned.ts";

/** Arguments of a `StackEnvironment`. */
export interface StackEnvironmentArgs {
  /** The result of `plan()`, or its promise. */
  readonly plan: Plan | Promise<Plan>;
}

/**
 * The stack's own ESC Environment, which the stack's config imports. It imports the two Environments with the values and the deploy
 * token, and passes their values to the program. `pulumi destroy` keeps it, because the next command opens it again;
 * `worker-secrets teardown` removes it.
 */
export class StackEnvironment extends pulumi.ComponentResource {
  /** Its path, `<organization>/<project>/<name>`. */
  readonly environment: pulumi.Output<string>;
  /** The pinned revision number or tag of the Environment with the values; `latest` without a pin. */
  readonly secretsPin: pulumi.Output<string>;

  /**
   * @param name - of the resource, free to choose; construct one for each stack, before the Workers
   * @param args - the plan
   * @param options - as for any component
   * @throws `pulumi.RunError`, at the latest at the program's end: the program constructs a second one
   */
  constructor(name: string, args: StackEnvironmentArgs, options: pulumi.ComponentResourceOptions = {}) {
    super(ENVIRONMENT_COMPONENT, name, {}, options);
    const declared = whilePlanned(args, (state) => this.#declare(name, state));
    this.environment = pulumi.output(declared.then(({ environment }) => environment));
    this.secretsPin = pulumi.output(declared.then(({ secretsPin }) => secretsPin));
    this.registerOutputs(this.summary);
  }

  /** Both together, to be an output of the stack. */
  get summary(): { environment: pulumi.Output<string>; secretsPin: pulumi.Output<string> } {
    return { environment: this.environment, secretsPin: this.secretsPin };
  }

  async #declare(name: string, state: PlanState) {
    const { found, declare } = state.inputs;
    const { settings, observed } = found;
    if (state.environment !== undefined)
      throw new pulumi.RunError("A stack has one StackEnvironment, and the program constructs a second one.");
    state.environment = this;
    const provider = state.providers().pulumiservice;
    const environment = declare.declareEnvironment(name, settings, observed, { provider, parent: this });
    state.others = await declare.declareDeployments(settings, provider);
    return { environment: environment.id, secretsPin: settings.secretsRevision ?? "latest" };
  }
}
