import { relative, resolve } from "node:path";
import { readWorkerConfig } from "../../../compile/wrangler/read.ts";
import type { WorkerConfig } from "../../../compile/wrangler/worker-config.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { wranglersName } from "../../../program/called.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import { parseWorkerEntries, type WorkerEntry } from "../../../program/worker-entries.ts";
import type { Context } from "../../project/context.ts";
import type { StackFile } from "../../project/stack-file.ts";

/** The entry of `workers` that stands for the Worker which is adopted. */
export interface Target {
  /** Its place in the list of the stack's file. */
  readonly index: number;
  /** Its wrangler file, with `environment` applied. */
  readonly config: WorkerConfig;
  /** The `env` block that the script's name stands for, to write into the entry; `undefined` where nothing is to be written. */
  readonly environment: string | undefined;
  /** The names of all of the list's Workers. */
  readonly workers: readonly string[];
}

export interface TargetOptions {
  /** Name of the Worker in the stack. */
  readonly worker?: string | undefined;
  /** Its folder, relative to the project's; added to `workers` where it is not there. */
  readonly directory?: string | undefined;
}

/**
 * Finds the entry, and adds it (in memory) where a folder is named that the list lacks. `hasResources`: the stack has
 * been deployed, so the default entry that it was deployed with stays in the list.
 */
export async function findTarget(
  file: StackFile,
  { stack, root }: Context,
  script: string,
  { worker, directory }: TargetOptions,
  hasResources: boolean,
): Promise<Target> {
  const where = `${file.shownAs}, ${NAMESPACE}:workers`;
  if (directory !== undefined) {
    const wanted = resolve(root, directory);
    const listed = file.workerDirectories(NAMESPACE);
    if (listed === undefined) {
      const keep = hasResources && wanted !== resolve(root, "worker") ? ["worker"] : [];
      file.startWorkers(NAMESPACE, [...keep, relative(root, wanted) || "."]);
    } else if (!listed.some((one) => resolve(root, one) === wanted)) {
      file.addWorker(NAMESPACE, relative(root, wanted) || ".");
    }
  } else if (file.workerDirectories(NAMESPACE) === undefined) {
    file.startWorkers(NAMESPACE, ["worker"]);
  }
  const faults: Fault[] = [];
  const entries = parseWorkerEntries(file.config(NAMESPACE, "workers"), root, where, faults);
  const today = new Date();
  const read = ({ directory, config }: WorkerEntry, environment: string | undefined) =>
    readWorkerConfig(directory, { root, environment, environmentByStack: stack, today, config }, faults);
  const configs = await Promise.all(entries.map((entry) => read(entry, entry.environment)));
  refuseIfAny(faults);
  const all = entries.flatMap((entry, index) => {
    const config = configs[index];
    return config === undefined ? [] : [{ index, config, entry, name: entry.name ?? config.name }];
  });
  const fits =
    directory !== undefined
      ? all.filter(({ entry }) => entry.directory === resolve(root, directory))
      : worker !== undefined
        ? all.filter(({ name }) => name === worker)
        : byScript(all, script);
  const [only] = fits;
  if (only !== undefined && fits.length === 1) {
    const { index, entry } = only;
    const environment = entry.environment === undefined ? blockOf(script, only.config) : undefined;
    const config = environment === undefined ? only.config : await read(entry, environment);
    refuseIfAny(faults);
    if (config !== undefined) return { index, config, environment, workers: all.map(({ name }) => name) };
  }
  throw new FaultsError([
    {
      where,
      what:
        fits.length > 1
          ? `several entries fit '${script}'`
          : `no entry fits '${worker ?? script}'; there are ${all.map(({ name, entry }) => `'${name}' (${entry.shownAs})`).join(", ")}`,
      fix: `Name it: ws adopt ${script} --worker NAME, or --directory DIR for one that is not listed yet.`,
    },
  ]);
}

/**
 * The block that wrangler deployed under a script's name, where the stack would take another one by itself; empty for the
 * top level. wrangler calls a script `<name>-<block>` unless the block has a name of its own.
 */
function blockOf(script: string, { name, environment, blocks }: WorkerConfig): string | undefined {
  const [block] = [...blocks].find(([, called]) => called === script) ?? [];
  if (block !== undefined) return block === environment ? undefined : block;
  return blocks.size > 0 && environment === undefined && script === name ? "" : undefined;
}

interface Candidate extends Omit<Target, "workers" | "environment"> {
  readonly entry: { readonly scriptName: string | undefined };
  readonly name: string;
}

function byScript<T extends Candidate>(all: readonly T[], script: string): readonly T[] {
  const named = all.filter(({ entry }) => entry.scriptName === script);
  if (named.length > 0) return named;
  const same = all.filter(
    ({ config }) =>
      config.name === script ||
      wranglersName(config) === script ||
      [...config.blocks.values()].includes(script),
  );
  return same.length > 0 ? same : all.length === 1 ? all : [];
}
