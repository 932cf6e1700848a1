import { isObject } from "../objects.ts";
import type { Resource, Value } from "./rule.ts";

/** A binding of a Worker, as far as the rules look at it. */
export interface Binding {
  readonly name: string;
  readonly type: string;
  /** The variable's text, of `plain_text`, `secret_text` and `json`; undefined where there is none, or none yet. */
  readonly text: string | undefined;
}

/** Both ways to upload a script. Only the first is used by this program. */
const TYPES = new Set([
  "cloudflare:index/workersScript:WorkersScript",
  "cloudflare:index/workerVersion:WorkerVersion",
]);

/** Whether a resource of the type carries bindings. */
export function hasBindings(type: string): boolean {
  return TYPES.has(type);
}

export function bindingsOf({ inputs }: Resource): Binding[] {
  const { bindings } = inputs;
  if (!Array.isArray(bindings)) return [];
  return (bindings as readonly Value[]).flatMap((binding) => {
    if (!isObject(binding) || typeof binding.name !== "string" || typeof binding.type !== "string") return [];
    const { name, type, text, json } = binding;
    return [{ name, type, text: [text, json].find((own) => typeof own === "string") }];
  });
}

/** Whether everybody who may read the Worker's settings reads the text too. */
export function isPlain({ type }: Binding): boolean {
  return type === "plain_text" || type === "json";
}
