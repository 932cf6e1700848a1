import type { Context } from "../context.ts";
import type { Declared } from "../declared.ts";
import { claimEnvironment, valuesPlace } from "../environment-owner.ts";
import { storeVariables, type Variable, type Written, writeDefinition } from "../init-environments.ts";
import { stillPinned } from "../pins/stale-pin.ts";
import type { StackFile } from "../stack-file.ts";
import type { Filling } from "./fill.ts";
import { fullName } from "./given.ts";
import { toVariable } from "./slots.ts";

/** What was done, or with `--dry-run` would be. Names only. */
export interface Done {
  readonly environments: readonly Written[];
  readonly definition: {
    readonly environment: string;
    readonly state: "there" | "created" | "repaired";
    readonly was?: number;
  };
  readonly stack: { readonly name: string; readonly created: boolean };
  readonly file: { readonly path: string; readonly written: boolean };
}

/** What `apply` would do, from the plan alone. */
export function foresee(context: Context, file: StackFile, { before, decisions }: Filling): Done {
  const { names, stack, organization } = context;
  const stored = (environment: "cloudflare" | "secrets"): string[] =>
    decisions.flatMap((one) =>
      one.kind === "store" && one.slot.environment === environment ? [fullName(one.slot)] : [],
    );
  const { state, revision } = before.definition;
  return {
    environments: (["cloudflare", "secrets"] as const).map((key) => ({
      environment: names[key],
      created: !before.exists[key],
      stored: stored(key),
    })),
    definition: definitionDone(names.definition, state, revision),
    stack: { name: `${organization}/${context.project}/${stack}`, created: !before.exists.stack },
    file: { path: file.shownAs, written: file.changed() },
  };
}

/**
 * Carries the plan out. The order is such that an interruption at any point leaves something a repeat completes: first the
 * values, then the definition that points at them, then the stack, and last the file that makes commands open them.
 */
export async function applyFilling(
  context: Context,
  file: StackFile,
  declared: Declared,
  { before, decisions }: Filling,
  replace: readonly string[],
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Done> {
  const { names, project, stack, organization } = context;
  const owner = { organization, project, stack };
  const client = context.client.forOrganization(declared.organization);
  const environments: Written[] = [];
  // Before there are revisions again: after an interruption, the pin would be taken for one of those.
  if (!before.exists.secrets && stillPinned(file)) await file.write();
  for (const key of ["cloudflare", "secrets"] as const) {
    signal.throwIfAborted();
    const variables = decisions.flatMap((one) =>
      one.kind === "store" && one.slot.environment === key ? [toVariable(one)] : [],
    );
    if (!before.exists[key] || variables.length > 0) progress(`Writing ${names[key]}`);
    const replaced = ({ name, worker }: Variable) => replace.includes(fullName({ name, worker }));
    const standing = before.standing[key]?.kind;
    // One of somebody else is only added to where it was decided that it may be.
    const created =
      standing !== "marked" &&
      standing !== "foreign" &&
      (await claimEnvironment(client, valuesPlace(names, key, owner)));
    environments.push({ ...(await storeVariables(client, names[key], variables, replaced)), created });
  }
  signal.throwIfAborted();
  const { state, revision, wanted } = before.definition;
  if (state !== "sound") progress(`Writing ${names.definition}`);
  const { created, changed } = await writeDefinition(client, wanted, owner);
  signal.throwIfAborted();
  const stackMade = before.exists.stack ? false : await context.client.createStack(project, stack);
  signal.throwIfAborted();
  const written = file.changed();
  await file.write();
  return {
    environments,
    definition: definitionDone(names.definition, changed ? (created ? "missing" : state) : "sound", revision),
    stack: { name: `${organization}/${project}/${stack}`, created: stackMade },
    file: { path: file.shownAs, written },
  };
}

function definitionDone(
  environment: string,
  state: "missing" | "sound" | "other",
  revision: number | undefined,
): Done["definition"] {
  if (state === "sound") return { environment, state: "there" };
  if (state === "missing") return { environment, state: "created" };
  return { environment, state: "repaired", ...(revision === undefined ? {} : { was: revision }) };
}

/** The same for people, a line each. `would`: nothing has been done yet. */
export function describeDone(done: Done, would: boolean): string[] {
  const { environments, definition, stack, file } = done;
  const verb = (past: string, future: string) => (would ? `would ${future}` : past);
  return [
    ...environments.map(({ environment, created, stored }) => {
      const made = created ? verb("created", "be created") : "there already";
      return `${environment}: ${made}, ${stored.length === 0 ? "nothing missing" : `${verb("stored", "store")} ${stored.join(", ")}`}`;
    }),
    definition.state === "there"
      ? `${definition.environment}: the definition is there`
      : definition.state === "created"
        ? `${definition.environment}: ${verb("given", "get")} the definition that the stack declares`
        : `${definition.environment}: it held something else and ${verb("was repaired", "be repaired")}${definition.was === undefined ? "" : ` (what it held is its revision ${definition.was})`}`,
    `stack ${stack.name}: ${stack.created ? verb("created", "be created") : "there already"}`,
    `${file.path}: ${file.written ? verb("written", "be written") : "as it should be"}`,
  ];
}
