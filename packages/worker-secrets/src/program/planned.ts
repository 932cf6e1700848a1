import * as pulumi from "@pulumi/pulumi";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Declaring } from "./deploy.ts";
import type { Found } from "./found.ts";
import type { OwnProviders } from "./providers.ts";
import type { References } from "./references.ts";
import type { StackConfig } from "./stack-config.ts";

/** The modules with the SDKs' resources, loaded while the reads were under way. */
type Declare = typeof import("./declare.ts");

interface PlanInputs {
  readonly config: StackConfig;
  readonly found: Found;
  readonly ordered: readonly DeclaredWorker[];
  /** Workers that somebody else deployed and nothing is due for, by name: they stay as they are. */
  readonly left: ReadonlySet<string>;
  readonly declare: Declare;
}

/** A Worker of the plan that the program has constructed. */
interface Constructed {
  readonly worker: DeclaredWorker;
  readonly component: pulumi.Resource;
  readonly scriptName: pulumi.Output<string>;
}

/**
 * What the stack will declare, read and checked by `plan()`, which alone makes one. `StackEnvironment` and `SecretWorker` accept
 * nothing else. Its contents are not public: they hold secrets in clear.
 */
export class Plan {
  /**
   * Names of the Workers of the config key `workers`, each after those that it binds. Construct a `SecretWorker` for each, in this
   * order; at the program's end a missing one is an error, because the engine would delete it.
   */
  readonly workers: readonly string[];
  /** Never set: it has the compiler refuse an object that only looks like a plan. */
  declare protected readonly checked: never;

  private constructor(inputs: PlanInputs) {
    this.workers = inputs.ordered.map(({ name }) => name);
    states.set(this, new PlanState(inputs));
  }

  /**
   * For `plan()` alone; not in the published types.
   *
   * @internal
   */
  static of(inputs: PlanInputs): Plan {
    return new Plan(inputs);
  }
}

const states = new WeakMap<Plan, PlanState>();

/** The state behind a plan; throws where something else was passed for it, or a plan of another copy of this package. */
export function stateOf(plan: Plan | undefined): PlanState {
  const state = plan === undefined ? undefined : states.get(plan);
  if (state === undefined)
    throw new pulumi.RunError(
      "StackEnvironment and SecretWorker take a plan, and 'plan' is not what plan() of this package gives. Pass {plan: plan()}, its result or its promise; if you do, two copies of worker-secrets are installed: npm ls worker-secrets",
    );
  return state;
}

/** What the constructors of one program share. */
export class PlanState implements Declaring {
  readonly inputs: PlanInputs;
  readonly constructed = new Map<string, Constructed>();
  environment: pulumi.Resource | undefined;
  /** The constructors were called with what the config does not declare, so nothing of the plan is registered. */
  refused = false;
  /** What else the stack has, beside the Workers and the Environment. */
  others: readonly pulumi.Resource[] = [];
  #providers: OwnProviders | undefined;
  #references: Promise<References> | undefined;
  #declared = 0;

  constructor(inputs: PlanInputs) {
    this.inputs = inputs;
  }

  get found(): Found {
    return this.inputs.found;
  }

  get left(): ReadonlySet<string> {
    return this.inputs.left;
  }

  readonly scriptNameOf = (worker: string) => this.constructed.get(worker)?.scriptName;

  /** Registered with the first resource that needs them. */
  providers(): OwnProviders {
    this.#providers ??= this.inputs.declare.declareProviders();
    return this.#providers;
  }

  references(): Promise<References> {
    const { found, declare } = this.inputs;
    this.#references ??= declare.resolveReferences(found.settings, this.providers().cloudflare);
    return this.#references;
  }

  /** Counts the Workers whose resources are all registered; `true` for the last one. */
  isLast(): boolean {
    this.#declared += 1;
    return this.#declared === this.inputs.ordered.length;
  }

  /** Declares what comes after all Workers: their guards. `environment`: the component. */
  async end(environment: pulumi.Resource): Promise<void> {
    const { config, found, declare } = this.inputs;
    const { settings, observed, fingerprints } = found;
    const constructed = [...this.constructed.values()];
    const { resourcesOf } = await this.references();
    declare.declareGuards({
      settings,
      deployed: new Map(constructed.map(({ worker, component }) => [worker, component])),
      dataOf: resourcesOf,
      rest: [environment, fingerprints.resource, ...this.others],
      moved: observed.losses.moved,
    });
    const last = constructed.at(-1)?.component ?? environment;
    declare.warnOfDefaultProvider(config, settings.definition.name, last.urn);
  }

  /** Names of planned Workers that the program does not construct; the engine would delete what they have. */
  missing(): string[] {
    if (this.refused) return [];
    return this.inputs.ordered.map(({ name }) => name).filter((name) => !this.constructed.has(name));
  }
}
