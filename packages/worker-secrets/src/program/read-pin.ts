import { ServiceError } from "../api/http.ts";
import type { PulumiClient } from "../api/pulumi.ts";
import { describeParts, type LoosePart, movingParts, pinAdvice, versionOf } from "./pins.ts";
import type { Settings } from "./settings.ts";

type Reader = Pick<PulumiClient, "environment">;

/** Revisions that are read for one pin; a set of values with more is not the usual one, and each is a call. */
const MOST_REVISIONS = 32;

/**
 * What of a pinned revision can change all the same, through every pinned import below it. `revision`: of the values that
 * a stack pins. Nothing for one that is not there: who opens it says so.
 */
export async function looseParts(client: Reader, revision: string): Promise<readonly LoosePart[]> {
  const found: LoosePart[] = [];
  const seen = new Set([revision]);
  for (const one of seen) {
    if (versionOf(one) === "latest") {
      found.push({ revision: one, kind: "moves", what: "is a tag that moves with every change" });
      continue;
    }
    const text = seen.size > MOST_REVISIONS ? undefined : await readText(client, one);
    if (text === undefined) {
      if (one !== revision) found.push({ revision: one, kind: "unread", what: "could not be read" });
      continue;
    }
    const { imports, moving } = movingParts(text);
    found.push(...moving.map((what) => ({ revision: one, kind: "moves", what }) as const));
    for (const name of imports) seen.add(name);
  }
  return found;
}

/** What of the stack's own pin can change; nothing where the stack pins none. */
export async function readPin(
  client: Reader,
  { names, secretsRevision }: Pick<Settings, "names" | "secretsRevision">,
): Promise<readonly LoosePart[]> {
  if (secretsRevision === undefined) return [];
  return looseParts(client, `${names.secrets}@${secretsRevision}`);
}

async function readText(client: Reader, revision: string): Promise<string | undefined> {
  try {
    return (await client.environment(revision))?.yaml;
  } catch (error) {
    // Who may open an Environment may not always read its text.
    if (error instanceof ServiceError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}

/** Says so in a preview or an `up`. */
export async function reportLooseParts(settings: Settings, parts: readonly LoosePart[]): Promise<void> {
  const { log } = await import("@pulumi/pulumi");
  await log.warn(
    `The pinned values can change without a change of the pin: ${describeParts(parts)}.\n  ${pinAdvice(settings)}`,
  );
}
