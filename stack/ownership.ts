import * as v from "valibot";

/** The secrets on the Worker that are not declared, in order of name. */
export function undeclaredSecrets(onWorker: readonly string[], declared: readonly string[]): string[] {
  return onWorker.filter((name) => !declared.includes(name)).sort();
}

/** What the stack notes in its state before every upload: the names that it is about to bind. */
export interface Ownership {
  readonly scriptName: string;
  readonly names: readonly string[];
}

const note = v.object({
  type: v.literal("pulumi:index:Stash"),
  inputs: v.object({ input: v.object({ scriptName: v.string(), names: v.array(v.string()) }) }),
});

const stackOutputs = v.object({
  type: v.literal("pulumi:pulumi:Stack"),
  outputs: v.object({ scriptName: v.string(), secrets: v.record(v.string(), v.string()) }),
});

/**
 * The names of the secrets that the stack itself put on a Worker, read from its state (a Worker's `bindings` are one
 * ciphertext there). Two places, because an `up` can be interrupted: the note is written before the upload and knows
 * names that were added, the outputs are written after it and still know names that were to be taken away. A state that
 * can't be read this way owns nothing: then a person decides.
 */
export function managedNames(deployment: unknown, scriptName: string): string[] {
  const state = v.safeParse(v.object({ resources: v.optional(v.array(v.unknown()), []) }), deployment);
  if (!state.success) return [];
  const names = state.output.resources.flatMap((resource) => {
    const noted = v.safeParse(note, resource);
    if (noted.success)
      return noted.output.inputs.input.scriptName === scriptName ? noted.output.inputs.input.names : [];
    const stack = v.safeParse(stackOutputs, resource);
    return stack.success && stack.output.outputs.scriptName === scriptName
      ? Object.keys(stack.output.outputs.secrets)
      : [];
  });
  return [...new Set(names)];
}
