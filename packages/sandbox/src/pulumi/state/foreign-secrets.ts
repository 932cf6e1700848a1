import { isObject } from "../../objects.ts";
import { SECRET, SIGNATURE } from "../../secret-signature.ts";
import { WrongKey } from "../../store/vault.ts";
import type { PulumiHalf } from "../context.ts";
import { parseObject } from "./raw.ts";
import type { Stack } from "./records.ts";
import { stackScope } from "./rows.ts";

/**
 * Whether a state has a secret that was encrypted by the service for another stack. Every later command would fail on
 * it, so an import of such a state is refused. Secrets by a passphrase or a cloud's keys are nothing to the service.
 */
export function hasForeignSecrets(context: PulumiHalf, stack: Stack, text: string): boolean {
  const { deployment } = parseObject(text);
  if (!isObject(deployment)) return false;
  const provider = deployment.secrets_providers;
  if (!isObject(provider) || provider.type !== "service") return false;
  // One is enough to know: a state is encrypted by one key throughout.
  const found = firstCiphertext(deployment.resources) ?? firstCiphertext(deployment.pending_operations);
  return found !== undefined && !isOurs(context, stack, found);
}

function isOurs({ vault }: PulumiHalf, stack: Stack, ciphertext: string): boolean {
  try {
    vault.open(stackScope(stack), Buffer.from(ciphertext, "base64"));
    return true;
  } catch (error) {
    if (error instanceof WrongKey) return false;
    throw error;
  }
}

function firstCiphertext(value: unknown): string | undefined {
  // By a list, since a state may be nested as deep as its author likes.
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (Array.isArray(next)) for (const item of next) left.push(item);
    else if (isObject(next)) {
      if (next[SIGNATURE] === SECRET && typeof next.ciphertext === "string") return next.ciphertext;
      for (const item of Object.values(next)) left.push(item);
    }
  }
  return undefined;
}
