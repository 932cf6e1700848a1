import type { Migration, WorkerConfig } from "../compile/wrangler/worker-config.ts";
import type { Fault } from "../faults.ts";
import { workerCalled } from "./called.ts";

interface Deployed {
  readonly name: string;
  readonly scriptName: string;
  readonly config: Pick<
    WorkerConfig,
    "name" | "environment" | "environmentName" | "bindings" | "migrations" | "file" | "whereIs"
  >;
}

/**
 * What the API would refuse of an upload because of what is not there yet. Pure. `exists`: whether the script does.
 * wrangler only warns of the one, and says nothing of the other.
 */
export function notThereYet<T extends Deployed>(worker: T, workers: readonly T[], exists: boolean): Fault[] {
  return [...withoutMigration(worker, exists), ...(exists ? [] : boundToItself(worker, workers))];
}

function boundToItself<T extends Deployed>(worker: T, workers: readonly T[]): Fault[] {
  const { config, scriptName } = worker;
  return config.bindings
    .filter((one) => one.type === "service" && workerCalled(workers, one.service) === worker)
    .map(({ name }) => ({
      where: config.whereIs(["services"]),
      what: `the binding '${name}' leads to the Worker itself, and the API refuses one to a Worker that is not there yet (10143)`,
      fix: `Deploy '${scriptName}' in two steps: once without the binding, and then with it.`,
    }));
}

/** A script that exists may have got its classes from elsewhere, unless the file lists its history. */
function withoutMigration({ config }: Deployed, exists: boolean): Fault[] {
  if (exists && config.migrations.length === 0) return [];
  const classes = classesAfter(config.migrations);
  return config.bindings.flatMap((binding): Fault[] => {
    if (binding.type !== "durable_object_namespace" || binding.scriptName !== undefined) return [];
    if (classes.has(binding.className)) return [];
    return [
      {
        where: config.whereIs(["durable_objects"]),
        what: `the binding '${binding.name}' has the class '${binding.className}', which no migration makes: the API would refuse the upload (10061)`,
        fix: `Add a step to 'migrations' in ${config.file}: {"tag": "…", "new_sqlite_classes": ["${binding.className}"]}.`,
      },
    ];
  });
}

/** The classes that a script has once all steps are applied. */
function classesAfter(migrations: readonly Migration[]): ReadonlySet<string> {
  const classes = new Set<string>();
  for (const step of migrations) {
    for (const one of [...step.newClasses, ...step.newSqliteClasses]) classes.add(one);
    for (const { from, to } of step.renamedClasses) {
      classes.delete(from);
      classes.add(to);
    }
    for (const { to } of step.transferredClasses) classes.add(to);
    for (const one of step.deletedClasses) classes.delete(one);
  }
  return classes;
}
