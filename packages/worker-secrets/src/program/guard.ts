import type { Fault } from "../faults.ts";
import { bindingNames } from "./bindings.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { planMigrations } from "./migrations.ts";
import type { OwnedState, UploadNote } from "./ownership.ts";
import type { Settings } from "./settings.ts";
import { valueTree } from "./values.ts";

/** One Worker as it is on Cloudflare before the stack runs. */
export interface OnCloudflare {
  readonly exists: boolean;
  /** It was made by something else, and this stack takes it over now. */
  readonly adopted: boolean;
  readonly migrationTag: string | undefined;
  /** Only for a Worker with Durable Object migrations. */
  readonly lastUpload: UploadNote | undefined;
}

/** Which rule of the guard was broken; `ws drift` and `ws doctor` tell their findings apart by it. */
export type GuardKind =
  | "foreign-script"
  | "undeclared-secret"
  | "undeclared-binding"
  | "missing-external"
  | "wrong-external"
  | "unknown-migration";

export interface GuardFault extends Fault {
  readonly kind: GuardKind;
}

/** What of the settings the decision depends on. */
export type GuardSettings = Pick<Settings, "project" | "stack"> & {
  readonly imported: Pick<Settings["imported"], "secrets">;
};

interface Found {
  readonly bindings: readonly { readonly name: string; readonly type: string }[];
  readonly migrationTag: string | undefined;
}

/** What is read only where nothing else settles it. */
export interface Looks {
  /** The stack's own state. */
  state(): Promise<OwnedState>;
  /** Another stack that made the script, as `<project>/<stack>`; `undefined` where none is known. */
  otherOwner(): Promise<string | undefined>;
}

/**
 * Decides whether the next upload of a Worker may happen. `known`: the stored definition names the script as this
 * stack's own. What another stack made is never taken over, not even by `adopt`: both would go on deploying to it.
 */
export async function guardScript(
  worker: DeclaredWorker,
  settings: GuardSettings,
  found: Found | undefined,
  known: boolean,
  { state, otherOwner }: Looks,
): Promise<{ readonly found: OnCloudflare; readonly faults: GuardFault[] }> {
  const { scriptName, config } = worker;
  if (found === undefined) {
    const faults = worker.externalSecrets.map((name) => missingExternal(worker, name));
    return {
      found: { exists: false, adopted: false, migrationTag: undefined, lastUpload: undefined },
      faults,
    };
  }
  const faults: GuardFault[] = [];
  const own = known || (await state()).owns(scriptName);
  if (!own) {
    const owner = await otherOwner();
    if (owner !== undefined) faults.push(ownedElsewhere(worker, settings, owner));
    else if (!worker.adopt) faults.push(foreignScript(worker, settings));
  }

  const present = new Map(found.bindings.map(({ name, type }) => [name, type]));
  for (const name of worker.externalSecrets) {
    const type = present.get(name);
    if (type === undefined) faults.push(missingExternal(worker, name));
    else if (type !== "secret_text" && type !== "secret_key" && type !== "secrets_store_secret") {
      faults.push({
        kind: "wrong-external",
        where: `binding '${name}' of the Worker '${scriptName}'`,
        what: `it is listed in externalSecrets but is of the type ${type}`,
        fix: "Declare it in the wrangler file instead.",
      });
    }
  }

  const declared = new Set([...bindingNames(worker), ...optionalWithValue(worker, settings)]);
  const others = [...present].filter(([name]) => !declared.has(name) && !worker.dropBindings.includes(name));
  // Only then is the state read: a name that was taken out of the declaration is ours to delete.
  const ours = others.length === 0 ? [] : (await state()).names(scriptName);
  for (const [name, type] of others.filter(([other]) => !ours.includes(other)).sort())
    faults.push(undeclaredFault(worker, name, type));

  if (planMigrations(config.migrations, found.migrationTag) === "unknown-tag") {
    faults.push({
      kind: "unknown-migration",
      where: config.whereIs(["migrations"]),
      what: `the Worker '${scriptName}' is at the Durable Object migration '${found.migrationTag}', which the file does not list`,
      fix: "Take the missing migrations over from where it was deployed last.",
    });
  }
  return {
    found: {
      exists: true,
      adopted: !own && worker.adopt,
      migrationTag: found.migrationTag,
      lastUpload: config.migrations.length === 0 ? undefined : (await state()).lastUpload(scriptName),
    },
    faults,
  };
}

/** An optional secret is bound only where it has a value; what the engine imported is near enough to tell. */
function optionalWithValue({ name, optionalSecrets }: DeclaredWorker, { imported }: GuardSettings): string[] {
  const { shared, own } = valueTree(imported.secrets);
  return optionalSecrets.filter((one) => one in shared || one in (own[name] ?? {}));
}

function foreignScript(worker: DeclaredWorker, settings: GuardSettings): GuardFault {
  const { name, scriptName } = worker;
  const { stack } = settings;
  return {
    kind: "foreign-script",
    where: `Worker '${scriptName}'`,
    what: "it exists already and this stack did not make it: the next upload would overwrite its code and its bindings",
    fix: `Take it over: npx worker-secrets adopt ${scriptName} --stack ${stack} (or 'adopt: true' in the entry of '${name}' in ${NAMESPACE}:workers). If it is another project's, give this one's Worker another name: ${anotherName(worker, settings)}`,
  };
}

function ownedElsewhere(worker: DeclaredWorker, settings: GuardSettings, owner: string): GuardFault {
  return {
    kind: "foreign-script",
    where: `Worker '${worker.scriptName}'`,
    what: `the stack ${owner} made it: the next upload would overwrite its code and its bindings, and each of the two stacks would go on taking it from the other`,
    fix: `Give this one's Worker another name: ${anotherName(worker, settings)} To move it here instead, let that stack go of it first: docs/adoption.md, "From another project".`,
  };
}

/** Projects made from one template begin with the same name in their wrangler files. */
function anotherName({ config }: DeclaredWorker, { stack }: GuardSettings): string {
  return `'name' at ${config.whereIs(["name"])}, or for this stack alone: pulumi config set ${NAMESPACE}:scriptName NAME --stack ${stack}.`;
}

function undeclaredFault({ scriptName, config }: DeclaredWorker, name: string, type: string): GuardFault {
  if (type === "secret_text" || type === "secret_key") {
    return {
      kind: "undeclared-secret",
      where: `secret '${name}' of the Worker '${scriptName}'`,
      what: "somebody else put it there; nobody declared it, so the next upload would delete it",
      fix: `Declare it at ${config.whereIs(["secrets", "required"])} and give it a value, keep it as it is (externalSecrets: [${name}]), or delete it: npx wrangler secret delete ${name} --name ${scriptName}`,
    };
  }
  return {
    kind: "undeclared-binding",
    where: `binding '${name}' (${type}) of the Worker '${scriptName}'`,
    what: "somebody else put it there; the wrangler file does not have it, so the next upload would take it away",
    fix: `Declare it in ${config.file}, or let it go: dropBindings: [${name}] in the Worker's entry of 'workers'.`,
  };
}

function missingExternal({ scriptName }: DeclaredWorker, name: string): GuardFault {
  return {
    kind: "missing-external",
    where: `secret '${name}' of the Worker '${scriptName}'`,
    what: "it is listed in externalSecrets, but the Worker has no such secret, and an upload can't inherit it (10057)",
    fix: `Have its owner set it first: npx wrangler secret put ${name} --name ${scriptName}`,
  };
}
