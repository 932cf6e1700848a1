import * as pulumi from "@pulumi/pulumi";
import { ENVIRONMENT_COMPONENT } from "./components.ts";
import { type Plan, stateOf } from "./planned.ts";
import { whilePlanned } from "./while-planned.ts";

/** Arguments of a `StackEnvironment`. */
export interface StackEnvironmentArgs {
  /** What `plan()` gives, or its promise. */
  readonly plan: Plan | Promise<Plan>;
}

/**
 * The stack's own ESC Environment, which its config imports: it imports the Environments with the values and the deploy token, and
 * hands them to the program. One for each stack, constructed before the Workers. `pulumi destroy` keeps it, since the next command
 * opens it again; `worker-secrets teardown` removes it.
 */
export class StackEnvironment extends pulumi.ComponentResource {
  /** `<organization>/<project>/<name>`. */
  readonly environment: pulumi.Output<string>;
  /** The revision or tag of the values' Environment that the stack is pinned to, or `latest`. */
  readonly secretsPin: pulumi.Output<string>;

  constructor(name: string, { plan }: StackEnvironmentArgs, options: pulumi.ComponentResourceOptions = {}) {
    super(ENVIRONMENT_COMPONENT, name, {}, options);
    const declared = whilePlanned(plan, (found) => this.#declare(name, found));
    this.environment = pulumi.output(declared.then(({ environment }) => environment));
    this.secretsPin = pulumi.output(declared.then(({ secretsPin }) => secretsPin));
    this.registerOutputs(this.summary);
  }

  /** Both, as outputs of the stack. */
  get summary() {
    return { environment: this.environment, secretsPin: this.secretsPin };
  }

  async #declare(name: string, plan: Plan) {
    const state = stateOf(plan);
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
