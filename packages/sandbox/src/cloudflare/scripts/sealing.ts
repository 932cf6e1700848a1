import type { Json } from "../../store/store.ts";
import { openText, sealText, type Vault } from "../../store/vault.ts";
import type { StoredBinding } from "../model.ts";
import type { OpenBinding, ResolvedBinding } from "./bindings.ts";

/** Nothing sealed for one script opens for another. */
export function scopeOf(account: string, name: string): string {
  return `script/${account}/${name}`;
}

export function seal(
  vault: Vault,
  scope: string,
  { name, type, fields, secret }: OpenBinding,
): StoredBinding {
  if (secret === undefined) return { name, type, fields };
  return { name, type, fields, sealed: sealText(vault, scope, JSON.stringify(secret)) };
}

export function sealAll(vault: Vault, scope: string, bindings: readonly ResolvedBinding[]): StoredBinding[] {
  return bindings.map((binding) => ("sent" in binding ? seal(vault, scope, binding.sent) : binding.kept));
}

export function unseal(
  vault: Vault,
  scope: string,
  { sealed }: StoredBinding,
): Readonly<Record<string, Json>> {
  if (sealed === undefined) return {};
  return JSON.parse(openText(vault, scope, sealed)) as Record<string, Json>;
}

/** What a version's code finds in `env`. */
export function environment(
  vault: Vault,
  scope: string,
  bindings: readonly StoredBinding[],
  version: { readonly id: string; readonly createdOn: string; readonly tag: string },
): Record<string, Json> {
  // Not by assignment: a binding may be called __proto__.
  return Object.fromEntries(
    bindings.flatMap((binding) => {
      const value = bindingValue(binding, () => unseal(vault, scope, binding), version);
      return value === undefined ? [] : [[binding.name, value]];
    }),
  );
}

/** Takes secrets out of a text that the script itself had a hand in, such as its start-up error. */
export function redact(
  text: string,
  env: Readonly<Record<string, Json>>,
  secretNames: readonly string[],
): string {
  const secrets = secretNames.map((name) => env[name]).filter((value) => typeof value === "string");
  // Longest first, lest a secret that begins with another leave its end behind. Very short ones would take every
  // letter out, and are none.
  return secrets
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
}

function bindingValue(
  { type, fields }: StoredBinding,
  secret: () => Readonly<Record<string, Json>>,
  version: { readonly id: string; readonly createdOn: string; readonly tag: string },
): Json | undefined {
  switch (type) {
    case "secret_text":
      return secret().text;
    case "plain_text":
      return fields.text;
    case "json":
      return fields.json;
    case "version_metadata":
      return { id: version.id, tag: version.tag, timestamp: version.createdOn };
    default:
      return undefined;
  }
}
