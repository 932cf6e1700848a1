import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import type { Fault } from "../faults.ts";
import type { WorkerEntry } from "./worker-entries.ts";

type Entry = Pick<
  WorkerEntry,
  "environment" | "shownAs" | "externalSecrets" | "optionalSecrets" | "programSecrets" | "leftOut"
>;
type Config = Pick<WorkerConfig, "file" | "environment" | "blocks" | "notInherited" | "whereIs">;

/**
 * Signs that a stack deploys another part of the wrangler file than is meant: no block of several is taken, or the block
 * lacks what the top level has, because wrangler does not inherit it. Pure. `key`: where the stack's config names the
 * Workers. wrangler only warns; a stack of production is stopped, any other one is warned.
 */
export function blockFaults(entry: Entry, config: Config, key: string): Fault[] {
  if (config.environment === undefined) return unmatched(entry, config, key);
  const decided = new Set([
    ...entry.leftOut,
    ...entry.externalSecrets,
    ...entry.optionalSecrets,
    ...entry.programSecrets,
  ]);
  const missing = config.notInherited.filter(({ name }) => !decided.has(name));
  return [...new Set(missing.map((one) => one.key))].map((one): Fault => {
    const of = missing.filter(({ key: other }) => other === one);
    const names = of.map(({ name }) => name);
    return {
      where: of[0]?.where ?? config.file,
      what: `'${one}' of the top level ${names[0] === one ? "is" : `has ${names.join(", ")}, which is`} not in 'env.${config.environment}': blocks do not inherit this key, so the Worker would be deployed without`,
      fix: `Add it to 'env.${config.environment}' in ${config.file}. If it is left out on purpose: leftOut: [${names.join(", ")}] in the entry of ${key}, ${entry.shownAs}.`,
    };
  });
}

function unmatched(entry: Entry, { file, blocks, whereIs }: Config, key: string): Fault[] {
  if (blocks.size === 0 || entry.environment !== undefined) return [];
  const names = [...blocks.keys()];
  const block = names.length === 1 ? names[0] : "BLOCK";
  return [
    {
      where: whereIs(["env"]),
      what: `the file has the ${names.length === 1 ? "block" : "blocks"} ${names.map((name) => `'env.${name}'`).join(", ")}, and this stack takes none of them: the top level would be deployed`,
      fix: `Name the block in ${key}: {directory: ${entry.shownAs}, environment: ${block}}. If the top level of ${file} is meant: environment: "".`,
    },
  ];
}

/** Warns in a preview of a stack that is not production. */
export async function warnOfBlocks(
  workers: readonly { readonly config: Pick<WorkerConfig, "file">; readonly blockFaults: readonly Fault[] }[],
): Promise<void> {
  for (const { config, blockFaults: found } of workers) {
    if (found.length === 0) continue;
    const { log } = await import("@pulumi/pulumi");
    await log.warn(
      `${config.file}: in production this would stop the stack.\n${found.map(({ where, what, fix }) => `  - ${where}: ${what}\n    ${fix}`).join("\n")}`,
    );
  }
}

/** The same for commands, one line each. */
export function blockNotes(workers: readonly { readonly blockFaults: readonly Fault[] }[]): string[] {
  return workers.flatMap(({ blockFaults: found }) =>
    found.map(({ where, what, fix }) => `${where}: ${what}. In production this would stop the stack. ${fix}`),
  );
}

/** The faults that stop a production stack before anything is written or deployed; none elsewhere. */
export function refusedInProduction(
  workers: readonly { readonly blockFaults: readonly Fault[] }[],
  prod: boolean,
): readonly Fault[] {
  return prod ? workers.flatMap(({ blockFaults: found }) => found) : [];
}
