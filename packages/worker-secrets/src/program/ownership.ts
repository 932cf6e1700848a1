import * as v from "valibot";
import { type DeployedCode, deployedOf, resourcesOf } from "./deployed.ts";
import { PROVIDER_NAME } from "./names.ts";

/** What the stack notes in its state before every upload: the names that it is about to bind. */
export interface Ownership {
  readonly scriptName: string;
  readonly names: readonly string[];
}

/** What it notes after an upload of a Worker with Durable Objects; see `migrationsFor`. */
export interface UploadNote {
  readonly scriptName: string;
  /** Keyed fingerprint of everything else that was uploaded. */
  readonly key: string;
  readonly migrations: unknown;
}

const note = v.object({
  type: v.literal("pulumi:index:Stash"),
  inputs: v.object({ input: v.object({ scriptName: v.string(), names: v.array(v.string()) }) }),
});

const uploadNote = v.object({
  type: v.literal("pulumi:index:Stash"),
  inputs: v.object({
    input: v.object({ scriptName: v.string(), key: v.string(), migrations: v.optional(v.unknown()) }),
  }),
});

const uploaded = v.object({
  type: v.literal("cloudflare:index/workersScript:WorkersScript"),
  inputs: v.object({ scriptName: v.string() }),
  outputs: v.optional(v.looseObject({ modifiedOn: v.nullish(v.string()) })),
});

const declaredEnvironment = v.object({
  type: v.literal("pulumiservice:api/esc:Environment"),
  id: v.string(),
});

const text = v.optional(v.string());
const placed = v.object({
  type: v.pipe(v.string(), v.startsWith("cloudflare:")),
  custom: v.literal(true),
  /** A read resource is not the stack's own. */
  external: v.optional(v.literal(false)),
  provider: text,
  inputs: v.object({ accountId: v.string(), scriptName: text, name: text, title: text, queueName: text }),
});

/** What a stack's state tells about its Workers. A state that can't be read this way owns nothing: a person decides. */
export class OwnedState {
  readonly #resources: readonly unknown[];
  readonly #deployed: readonly DeployedCode[];

  constructor(deployment: unknown) {
    this.#resources = resourcesOf(deployment);
    this.#deployed = deployedOf(deployment)?.workers ?? [];
  }

  /**
   * The names of the bindings that the stack itself put on a Worker (a Worker's `bindings` are one ciphertext in the
   * state). Two places, because an `up` can be interrupted: the note is written before the upload and knows names that
   * were added, the outputs are written after it and still know names that were to be taken away.
   */
  names(scriptName: string): string[] {
    const noted = this.#resources.flatMap((resource) => {
      const parsed = v.safeParse(note, resource);
      if (!parsed.success || parsed.output.inputs.input.scriptName !== scriptName) return [];
      return parsed.output.inputs.input.names;
    });
    const deployed = this.#deployed.filter((one) => one.scriptName === scriptName);
    return [...new Set([...noted, ...deployed.flatMap(({ secrets }) => Object.keys(secrets))])];
  }

  /** Whether the stack made, or tried to make, this script: the note comes before the upload. */
  owns(scriptName: string): boolean {
    return this.#resources.some((resource) => {
      const parsed = v.safeParse(v.union([note, uploaded]), resource);
      if (!parsed.success) return false;
      const { inputs } = parsed.output;
      return ("input" in inputs ? inputs.input.scriptName : inputs.scriptName) === scriptName;
    });
  }

  /** Whether an `up` of the stack declared this Environment (`organization/project/name`). */
  declares(environment: string): boolean {
    return this.environments().includes(environment);
  }

  /** The Environments that the stack declared (`organization/project/name`). */
  environments(): string[] {
    return this.#resources.flatMap((resource) => {
      const parsed = v.safeParse(declaredEnvironment, resource);
      return parsed.success ? [parsed.output.id] : [];
    });
  }

  /**
   * The Cloudflare accounts that hold something of the stack's, with what it is (`Worker 'name'`, `R2Bucket 'name'`). Once the
   * stack's own provider serves them, other resources of the program may be in any account.
   */
  accounts(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    const all = this.#resources.flatMap((resource) => {
      const parsed = v.safeParse(placed, resource);
      return parsed.success ? [parsed.output] : [];
    });
    const own = all.filter(({ provider }) => provider?.includes(`::${PROVIDER_NAME}::`) === true);
    for (const { type, inputs } of own.length > 0 ? own : all) {
      const kind = (type.split(":").at(-1) ?? type).replace("WorkersScript", "Worker");
      const name = inputs.scriptName ?? inputs.name ?? inputs.title ?? inputs.queueName;
      const held = found.get(inputs.accountId) ?? [];
      found.set(inputs.accountId, held);
      // What hangs on a script goes with it, and needs no name of its own.
      if (name !== undefined && (inputs.scriptName === undefined || kind === "Worker"))
        held.push(`${kind} '${name}'`);
    }
    return found;
  }

  /** ISO time at which a script changed last, as its last upload or a refresh noted it. */
  modifiedOn(scriptName: string): string | undefined {
    for (const resource of this.#resources) {
      const parsed = v.safeParse(uploaded, resource);
      if (parsed.success && parsed.output.inputs.scriptName === scriptName)
        return parsed.output.outputs?.modifiedOn ?? undefined;
    }
    return undefined;
  }

  lastUpload(scriptName: string): UploadNote | undefined {
    for (const resource of this.#resources) {
      const parsed = v.safeParse(uploadNote, resource);
      if (!parsed.success || parsed.output.inputs.input.scriptName !== scriptName) continue;
      const { key, migrations } = parsed.output.inputs.input;
      return { scriptName, key, migrations };
    }
    return undefined;
  }
}
