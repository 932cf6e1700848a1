import * as v from "valibot";
import type { DurableObjectClass, NamedHandlers } from "../../workers/runtime.ts";
import type { ApiError } from "../envelope.ts";

const names = v.exactOptional(v.array(v.string()));
const Step = v.object({
  new_classes: names,
  new_sqlite_classes: names,
  deleted_classes: names,
  renamed_classes: v.exactOptional(v.array(v.object({ from: v.string(), to: v.string() }))),
  transferred_classes: v.exactOptional(
    v.array(v.object({ from: v.string(), from_script: v.string(), to: v.string() })),
  ),
});

type Step = Required<v.InferOutput<typeof Step>>;

/** A step alone, as the dashboard and the provider send it, or several, as wrangler does. */
export const Migrations = v.object({
  ...Step.entries,
  old_tag: v.nullish(v.string()),
  new_tag: v.nullish(v.string()),
  steps: v.exactOptional(v.array(Step)),
});

/** Without defaults: a version answers what was sent, and nothing that was not. */
export type SentMigrations = v.InferOutput<typeof Migrations>;

export interface MigrationRequest {
  readonly sent: SentMigrations;
  /** The tag of the newest migration so far. */
  readonly tag: string | undefined;
  readonly classes: readonly DurableObjectClass[];
  /** The classes of another script of the account; nothing: there is no such script. */
  readonly classesOf: (script: string) => readonly DurableObjectClass[] | undefined;
  /** What the new version binds of its own classes, and what live scripts bind of this one's. */
  readonly bound: ReadonlySet<string>;
  readonly newId: (className: string) => string;
}

export interface MigrationResult {
  readonly classes: readonly DurableObjectClass[];
  readonly tag: string | undefined;
  readonly faults: readonly ApiError[];
}

/** What the script's Durable Object classes are after the migration, which is applied as a whole or not at all. */
export function migrate(request: MigrationRequest): MigrationResult {
  const { sent, tag } = request;
  const faults: ApiError[] = [];
  // Without any tag nothing is asked; the real service may be stricter.
  const tagged = sent.old_tag != null || sent.new_tag != null;
  if (tagged && (sent.old_tag ?? "") !== (tag ?? "")) {
    faults.push({ code: 10079, message: `Migration tag precondition failed; current tag is ${tag ?? "''"}` });
    return { classes: request.classes, tag, faults };
  }
  const classes = new Map(request.classes.map((one) => [one.className, one]));
  for (const step of [sent, ...(sent.steps ?? [])])
    faults.push(...applyStep({ ...NOTHING, ...step }, classes, request));
  return { classes: [...classes.values()], tag: sent.new_tag ?? tag, faults };
}

const NOTHING: Step = {
  new_classes: [],
  new_sqlite_classes: [],
  deleted_classes: [],
  renamed_classes: [],
  transferred_classes: [],
};

/** 10074 is what the service answers to everything that does not fit the classes that there are. */
function refused(message: string): ApiError {
  return { code: 10074, message };
}

function applyStep(
  step: Step,
  classes: Map<string, DurableObjectClass>,
  { bound, classesOf, newId }: MigrationRequest,
): ApiError[] {
  const faults: ApiError[] = [];
  const targets = [
    ...step.new_classes,
    ...step.new_sqlite_classes,
    ...step.deleted_classes,
    ...step.renamed_classes.map(({ to }) => to),
    ...step.transferred_classes.map(({ to }) => to),
  ];
  for (const name of new Set(targets.filter((one, at) => targets.indexOf(one) !== at))) {
    faults.push(refused(`class '${name}' cannot be the target of more than one migration`));
  }
  if (faults.length > 0) return faults;

  const add = (kind: string, className: string, made: DurableObjectClass) => {
    if (classes.has(className)) {
      faults.push(
        refused(
          `Cannot apply ${kind} migration to class '${className}' that is already depended on by existing Durable Objects`,
        ),
      );
    } else classes.set(className, made);
  };
  for (const { from, to } of step.renamed_classes) {
    const found = classes.get(from);
    if (found === undefined) faults.push(notExported("rename-class", from));
    else {
      classes.delete(from);
      add("rename-class", to, { ...found, className: to });
    }
  }
  for (const name of step.deleted_classes) {
    if (bound.has(name)) {
      faults.push({
        code: 10061,
        message: `Cannot apply --delete-class migration to class '${name}' without also removing the binding that references it.`,
      });
    } else if (!classes.delete(name)) faults.push(notExported("delete-class", name));
  }
  for (const { from, from_script, to } of step.transferred_classes) {
    const found = classesOf(from_script)?.find(({ className }) => className === from);
    if (found === undefined) {
      faults.push(
        refused(
          `Cannot apply transfer-class migration from class '${from}': script '${from_script}' has no such Durable Object class`,
        ),
      );
    } else add("transfer-class", to, { ...found, className: to });
  }
  for (const name of step.new_classes) {
    add("new-class", name, { className: name, sqlite: false, namespaceId: newId(name) });
  }
  for (const name of step.new_sqlite_classes) {
    add("new-sqlite-class", name, { className: name, sqlite: true, namespaceId: newId(name) });
  }
  return faults;
}

function notExported(kind: string, name: string): ApiError {
  return refused(
    `Cannot apply ${kind} migration to class '${name}' which was not exported in the previous version of the script`,
  );
}

/** Every class that has a namespace must be there in the code: its objects would have nothing to run. */
export function exportFaults(
  before: readonly DurableObjectClass[],
  after: readonly DurableObjectClass[],
  exported: readonly NamedHandlers[],
): ApiError[] {
  const known = new Set(before.map(({ namespaceId }) => namespaceId));
  const names = new Set(exported.map(({ name }) => name));
  return after
    .filter(({ className }) => !names.has(className))
    .map(({ className, namespaceId, sqlite }) =>
      known.has(namespaceId)
        ? {
            code: 10064,
            message: `New version of script does not export class '${className}' which is depended on by existing Durable Objects. Did you forget to apply a --delete-class migration to it?`,
          }
        : {
            code: 10070,
            message: `Cannot apply ${sqlite ? "new-sqlite-class" : "new-class"} migration to class '${className}' that is not exported by script`,
          },
    );
}
