import * as pulumi from "@pulumi/pulumi";
import type { DeclaredWorker } from "../declared-worker.ts";
import type { Settings } from "../settings.ts";
import { declaredData, ownClasses } from "./data.ts";
import { GUARD_SUFFIX, type GuardRecord } from "./owned.ts";

interface GuardInputs {
  readonly settings: Pick<Settings, "accountId" | "prod">;
  /** The component of each Worker. */
  readonly deployed: ReadonlyMap<DeclaredWorker, pulumi.Resource>;
  /** The resources with data that a Worker declares. */
  readonly dataOf: (worker: DeclaredWorker) => readonly pulumi.Resource[];
  /** What else the stack has. */
  readonly rest: readonly pulumi.Resource[];
  readonly moved: ReadonlyMap<string, string>;
}

/** Whether the engine has to refuse what would delete a Worker's script and data. */
export function isGuarded(worker: DeclaredWorker, { prod }: Pick<Settings, "prod">): boolean {
  return (prod || worker.protect) && !worker.allowRemoval;
}

/**
 * One guard for each Worker, after everything of it. `destroy` does not run the program and deletes what depends on others first:
 * a protected guard has it refused before anything is deleted. The first of them holds the rest of the stack too. A guard is
 * also the record of what the Worker had and of whether it may be removed, which outlives a refresh.
 */
export function declareGuards({ settings, deployed, dataOf, rest, moved }: GuardInputs): void {
  const guarded = (worker: DeclaredWorker) => isGuarded(worker, settings);
  const open = [...deployed].filter(([worker]) => !guarded(worker));
  let others = [...rest];
  const declare = ([worker, component]: readonly [DeclaredWorker, pulumi.Resource], protect: boolean) => {
    const own = [component, ...dataOf(worker)];
    const before = moved.get(worker.name);
    const guard = new pulumi.Stash(
      `${worker.name}${GUARD_SUFFIX}`,
      { input: recordOf(worker, settings) },
      {
        protect,
        dependsOn: protect ? [...own, ...others] : own,
        ...(before === undefined ? {} : { aliases: [{ name: `${before}${GUARD_SUFFIX}` }] }),
      },
    );
    others = protect ? [] : [...others, ...own, guard];
  };
  for (const entry of open) declare(entry, false);
  for (const entry of deployed) if (guarded(entry[0])) declare(entry, true);
}

function recordOf(
  worker: DeclaredWorker,
  { accountId, prod }: Pick<Settings, "accountId" | "prod">,
): GuardRecord {
  return {
    scriptName: worker.scriptName,
    accountId,
    protected: prod || worker.protect,
    allowRemoval: worker.allowRemoval,
    classes: ownClasses(worker),
    data: declaredData(worker),
  };
}
