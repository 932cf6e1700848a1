import * as v from "valibot";

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
});

const workerOutputs = v.object({ scriptName: v.string(), secrets: v.record(v.string(), v.string()) });
const stackOutputs = v.object({
  type: v.literal("pulumi:pulumi:Stack"),
  outputs: v.union([workerOutputs, v.object({ workers: v.record(v.string(), workerOutputs) })]),
});

/** What a stack's state tells about its Workers. A state that can't be read this way owns nothing: a person decides. */
export class OwnedState {
  readonly #resources: readonly unknown[];

  constructor(deployment: unknown) {
    const state = v.safeParse(v.object({ resources: v.optional(v.array(v.unknown()), []) }), deployment);
    this.#resources = state.success ? state.output.resources : [];
  }

  /**
   * The names of the bindings that the stack itself put on a Worker (a Worker's `bindings` are one ciphertext in the
   * state). Two places, because an `up` can be interrupted: the note is written before the upload and knows names that
   * were added, the outputs are written after it and still know names that were to be taken away.
   */
  names(scriptName: string): string[] {
    const names = this.#resources.flatMap((resource) => {
      const noted = v.safeParse(note, resource);
      if (noted.success)
        return noted.output.inputs.input.scriptName === scriptName ? noted.output.inputs.input.names : [];
      const stack = v.safeParse(stackOutputs, resource);
      if (!stack.success) return [];
      const { outputs } = stack.output;
      const workers = "workers" in outputs ? Object.values(outputs.workers) : [outputs];
      return workers
        .filter((one) => one.scriptName === scriptName)
        .flatMap(({ secrets }) => Object.keys(secrets));
    });
    return [...new Set(names)];
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
