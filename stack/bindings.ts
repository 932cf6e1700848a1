import type { SecretValues } from "./values.ts";

/** A binding in the API's own form. */
export type Binding =
  | { readonly type: "secret_text"; readonly name: string; readonly text: string }
  | { readonly type: "plain_text"; readonly name: string; readonly text: string }
  | { readonly type: "json"; readonly name: string; readonly json: string };

/**
 * All bindings of one upload, sorted by name in byte order: the provider compares lists by index, so another order
 * would show as a change.
 */
export function bindingsOf(vars: Readonly<Record<string, unknown>>, secrets: SecretValues): Binding[] {
  const plain = Object.entries(vars).map(
    ([name, value]): Binding =>
      typeof value === "string"
        ? { type: "plain_text", name, text: value }
        : { type: "json", name, json: JSON.stringify(value) },
  );
  const secret = [...secrets].map(([name, text]): Binding => ({ type: "secret_text", name, text }));
  return [...plain, ...secret].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
