import type { Fault } from "../../faults.ts";
import { isObject } from "../../objects.ts";
import type { ParsedFile } from "../jsonc.ts";
import { diagnosticsIn, errorFaults } from "./diagnostics.ts";
import { applyEnvironment, isOwn, type Keys, type Misplaced } from "./environments.ts";
import { keyFaults } from "./key-faults.ts";
import type { Reading } from "./normalised-config.ts";
import type { WorkerConfig } from "./worker-config.ts";

/**
 * What is wrong with the keys of `env` blocks that are not applied, and, where one is applied, with those of the top
 * level that don't come down to it. Nothing that this stack deploys depends on them.
 */
export function otherBlocks(
  file: ParsedFile,
  whole: Keys,
  environment: string | undefined,
  { environments, newer }: Reading,
): Fault[] {
  const blocks = isObject(whole.env) ? Object.keys(whole.env).filter((name) => name !== environment) : [];
  const others = environment === undefined ? blocks : [undefined, ...blocks];
  return others.flatMap((other) => {
    const misplaced: Misplaced[] = [];
    const applied = applyEnvironment(whole, { environment: other ?? "" }, misplaced);
    const found = applied === undefined ? [] : keyFaults(applied, new Set(newer), file);
    const own = found.filter(({ path: [first, second] }) =>
      other === undefined ? isOwn(String(first)) : first === "env" && second === other,
    );
    const error = other === undefined ? undefined : environments[other]?.error;
    const refused = diagnosticsIn(error ?? "").filter(({ block }) => block !== undefined && block === other);
    return [
      ...misplaced.map(({ path, what, fix }) => ({ where: file.where(path), what, fix })),
      ...errorFaults(refused, file, other),
      ...own.map(({ where, what, fix }) => ({ where, what, fix })),
    ];
  });
}
/** What wrangler warns of in the files, once a run. */
export async function warnAsWrangler(
  workers: readonly { readonly config: Pick<WorkerConfig, "warnings"> }[],
): Promise<void> {
  const lines = workers.flatMap(({ config }) =>
    config.warnings.map(({ where, what, fix }) => `${where}: ${what}\n    ${fix}`),
  );
  if (lines.length === 0) return;
  const { log } = await import("@pulumi/pulumi");
  // Two Workers may share a file.
  for (const line of new Set(lines)) await log.warn(line);
}

/** Says it all the same: else it is said only when a stack takes the block, which may be production. */
export async function warnOfOtherBlocks(
  workers: readonly { readonly config: Pick<WorkerConfig, "file" | "otherBlocks"> }[],
): Promise<void> {
  for (const { config } of workers) {
    if (config.otherBlocks.length === 0) continue;
    const { log } = await import("@pulumi/pulumi");
    const lines = config.otherBlocks.map(({ where, what, fix }) => `  - ${where}: ${what}\n    ${fix}`);
    await log.warn(
      `${config.file}: this stack does not take these keys, and is not stopped by them; a stack of their environment would be.\n${lines.join("\n")}`,
    );
  }
}
