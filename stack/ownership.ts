import * as v from "valibot";

const workersScript = v.object({
  type: v.literal("cloudflare:index/workersScript:WorkersScript"),
  inputs: v.object({
    scriptName: v.string(),
    bindings: v.array(v.object({ name: v.string() })),
  }),
});

/** The secrets on the Worker that are not declared, in order of name. */
export function undeclaredSecrets(onWorker: readonly string[], declared: readonly string[]): string[] {
  return onWorker.filter((name) => !declared.includes(name)).sort();
}

/**
 * The names of the bindings that the stack itself put on a Worker, read from its state. Only values are ciphertext
 * there. A state that can't be read this way owns nothing: then a person decides.
 */
export function managedNames(deployment: unknown, scriptName: string): string[] {
  const state = v.safeParse(v.object({ resources: v.optional(v.array(v.unknown()), []) }), deployment);
  if (!state.success) return [];
  return state.output.resources.flatMap((resource) => {
    const script = v.safeParse(workersScript, resource);
    if (!script.success || script.output.inputs.scriptName !== scriptName) return [];
    return script.output.inputs.bindings.map(({ name }) => name);
  });
}
