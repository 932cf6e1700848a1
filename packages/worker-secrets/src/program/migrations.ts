import type { Migration } from "../compile/wrangler/worker-config.ts";

/** What one upload says of Durable Object classes, in the provider's form. */
export interface MigrationPlan {
  /** The script's tag now; the API refuses the upload when it is another (10079). */
  oldTag?: string;
  newTag: string;
  steps: {
    newClasses?: string[];
    newSqliteClasses?: string[];
    renamedClasses?: { from: string; to: string }[];
    transferredClasses?: { from: string; fromScript: string; to: string }[];
    deletedClasses?: string[];
  }[];
}

/**
 * The steps that a script at `currentTag` still lacks; `undefined` when it lacks none. A tag that the list does not
 * know means another history: `"unknown-tag"`, for a person to decide.
 */
export function planMigrations(
  migrations: readonly Migration[],
  currentTag: string | undefined,
): MigrationPlan | "unknown-tag" | undefined {
  const latest = migrations.at(-1);
  if (latest === undefined) return undefined;
  const at = currentTag === undefined ? -1 : migrations.findIndex(({ tag }) => tag === currentTag);
  if (currentTag !== undefined && at === -1) return "unknown-tag";
  const missing = migrations.slice(at + 1);
  if (missing.length === 0) return undefined;
  return {
    ...(currentTag === undefined ? {} : { oldTag: currentTag }),
    newTag: latest.tag,
    steps: missing.map((step) => ({
      ...some("newClasses", step.newClasses),
      ...some("newSqliteClasses", step.newSqliteClasses),
      ...some("renamedClasses", step.renamedClasses),
      ...some("transferredClasses", step.transferredClasses),
      ...some("deletedClasses", step.deletedClasses),
    })),
  };
}

function some<K extends string, T>(key: K, list: readonly T[]): { [P in K]?: T[] } {
  return (list.length === 0 ? {} : { [key]: [...list] }) as { [P in K]?: T[] };
}
