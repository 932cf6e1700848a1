/**
 * What each of Pulumi's operations does where a guard has something to say, in a program of a user's own. One table for the tests beside
 * it, which run in a CommonJS and in an ESM program, and for docs/guards.md, which is made of it.
 *
 * Every cell is looked at in a run of its own or shares one, except those that follow from a fact which the others show:
 *
 * - `plan()` throws every fault before anything is registered, so a guard of it acts alike in each operation that runs the program. The
 *   guards of one fault list (`account`) are looked at in all of them; those of later stages (`on call`, `values`, …) in the
 *   preview and in an `up` that skips it. The other cells of those rows are the same code at the same place.
 * - `pulumi up` previews first and goes no further where the preview fails: a stopped `preview` is a stopped `up`, also the second.
 * - A plain `refresh`, `destroy` and `import` do not run the program. What they do depends on the state alone: on `protect`,
 *   `retainOnDelete` and dependencies.
 */
export const OPERATIONS = [
  "preview",
  "up, twice",
  "up --skip-preview",
  "up --target",
  "refresh",
  "refresh --run-program",
  "destroy",
  "destroy --skip-preview",
  "destroy --run-program",
  "import",
  "a transform",
] as const;
export type Operation = (typeof OPERATIONS)[number];

export type Expected =
  /** The operation fails with a message that names it, and nothing is changed on the clouds. */
  | "stopped"
  /** The operation goes on, and what the guard is for stays as it is. */
  | "protected"
  /** What the guard is for may be lost; `GAPS` says how, and what helps. */
  | "gap";

/** What is wrong in the run; each is set up once. */
export type Scene = "sound" | "account" | "on call" | "end" | "values" | "settings" | "assets";

export interface Row {
  readonly guard: string;
  readonly scene: Scene;
  /** It is about resources of the program's own, not about ours. */
  readonly theirs?: true;
  /** What a message of a stopped operation says, where the program runs. */
  readonly says: RegExp;
  /** What a stopped operation says that does not run the program. */
  readonly engineSays?: RegExp;
  readonly cells: Readonly<Record<Operation, Expected>>;
  /** Of its cells that are a gap. */
  readonly gap?: keyof typeof GAPS;
}

/** Why a cell is a gap, one sentence each, for the document. */
export const GAPS = {
  destroy:
    "`pulumi destroy` does not run the program, so what somebody else put on an unprotected Worker goes with it: use `destroy --run-program`, or `protect: true`.",
  "own-resources":
    "Without a preview the engine refuses to delete anything of ours, and may have deleted the program's own resources by then: leave the preview on, or give them `protect` as well.",
  end: "The program's end shows that a Worker is missing. Without a preview the engine has deployed what else is due by then; nothing of the missing Worker is deleted: leave the preview on.",
  transform:
    "A transform of the program runs after the checks. The same preview warns where it takes a binding or the script's name away, the next one where it takes `protect` off; other changes are not noticed.",
} as const;

/** In each operation that runs the program. */
const STOPPED = {
  preview: "stopped",
  "up, twice": "stopped",
  "up --skip-preview": "stopped",
  "up --target": "stopped",
  "refresh --run-program": "stopped",
  "destroy --run-program": "stopped",
  "a transform": "stopped",
} as const;
const STATE_ALONE = { refresh: "protected", import: "protected" } as const;
function destroyed<T extends Expected>(expected: T) {
  return { destroy: expected, "destroy --skip-preview": expected } as const;
}

/** What is not in the state, or is retained, is left by a destroy. */
const LEFT = { ...STOPPED, ...STATE_ALONE, ...destroyed("protected") } as const;
/** What goes with a script that is not protected. */
const WITH_SCRIPT = { ...STOPPED, ...STATE_ALONE, ...destroyed("gap") } as const;
const GUARDED = { ...STOPPED, ...STATE_ALONE, ...destroyed("stopped") } as const;

const SOUND = {
  preview: "protected",
  "up, twice": "protected",
  "up --skip-preview": "protected",
  "up --target": "protected",
  ...STATE_ALONE,
  "refresh --run-program": "protected",
  ...destroyed("stopped"),
  "destroy --run-program": "stopped",
  "a transform": "protected",
} as const;

const PROTECTED_BY_ENGINE = /kept-guard[\s\S]*protect/;

export const ROWS: readonly Row[] = [
  {
    guard: "secret that somebody else put on a Worker",
    scene: "account",
    says: /secret 'THEIRS' of the Worker 'api-dev'/,
    cells: WITH_SCRIPT,
    gap: "destroy",
  },
  {
    guard: "script that something else made",
    scene: "account",
    says: /Worker 'foreign-dev': it exists already and this stack did not make it/,
    cells: LEFT,
  },
  {
    guard: "Environment of somebody else",
    scene: "account",
    says: /Environment theirs\/dev: it belongs to the stack somebody\/else\/dev/,
    cells: LEFT,
  },
  {
    guard: "protected Worker with another name",
    scene: "account",
    says: /Worker 'kept-dev': this update would delete it/,
    engineSays: PROTECTED_BY_ENGINE,
    cells: GUARDED,
  },
  {
    guard: "protected data that is no longer declared",
    scene: "account",
    says: /KV namespace 'kept-dev-cache': this update would delete it with everything in it/,
    engineSays: PROTECTED_BY_ENGINE,
    cells: GUARDED,
  },
  {
    guard: "Worker of the plan that the program does not construct",
    scene: "end",
    says: /The plan has the Worker kept, and the program does not construct it/,
    engineSays: PROTECTED_BY_ENGINE,
    cells: { ...GUARDED, "up --skip-preview": "gap" },
    gap: "end",
  },
  {
    guard: "deployment that somebody made since the last upload",
    scene: "on call",
    says: /Worker 'api-dev' [\s\S]*the upload that is due would overwrite that/,
    cells: WITH_SCRIPT,
    gap: "destroy",
  },
  {
    guard: "declared secret without a value, or with one that is too long",
    scene: "values",
    says: /'MISSING' is declared but has no value[\s\S]*'TOO_LONG' has \d+ bytes/,
    cells: LEFT,
  },
  {
    guard: "config key of an older version, pin that is none, wrong block in production",
    scene: "settings",
    says: /worker-secrets:promoteFrom now[\s\S]*'env\.live'[\s\S]*'-1' is neither a revision number nor a tag/,
    cells: LEFT,
  },
  {
    guard: "secrets among static assets",
    scene: "assets",
    says: /everybody could read api\/public\/\.env/,
    cells: LEFT,
  },
  {
    guard: "protected Worker and its data, in a sound program",
    scene: "sound",
    says: PROTECTED_BY_ENGINE,
    engineSays: PROTECTED_BY_ENGINE,
    cells: { ...SOUND, "a transform": "gap" },
    gap: "transform",
  },
  {
    guard: "resource of the program's own, in another account, beside a protected Worker",
    scene: "sound",
    theirs: true,
    says: PROTECTED_BY_ENGINE,
    engineSays: PROTECTED_BY_ENGINE,
    cells: { ...SOUND, "destroy --skip-preview": "gap" },
    gap: "own-resources",
  },
];

/** Operations in which a scene is run; the other cells follow from the facts above. */
export const RUN_IN: Readonly<Record<Scene, readonly Operation[]>> = {
  sound: OPERATIONS,
  account: OPERATIONS.filter(
    (operation) => !["up, twice", "destroy --skip-preview", "import"].includes(operation),
  ),
  end: ["preview", "up --skip-preview", "up --target", "refresh --run-program", "destroy --run-program"],
  "on call": ["preview", "up --skip-preview"],
  values: ["preview"],
  settings: ["preview"],
  assets: ["preview"],
};
