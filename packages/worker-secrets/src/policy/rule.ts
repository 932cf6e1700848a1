/** A value of a resource's input as a rule sees it: plain data, secrets in clear. `unknown` is not known before the `up`. */
export type Value =
  | string
  | number
  | boolean
  | null
  | typeof unknown
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Stands for a value that only an `up` makes known. A rule has nothing to say about it; the `up` runs the rules again. */
export const unknown: unique symbol = Symbol("not known before the up");

/** One resource with the inputs that the program, and the provider's own defaults, gave it. */
export interface Resource {
  /** For example `cloudflare:index/workersScript:WorkersScript`. */
  readonly type: string;
  readonly name: string;
  readonly protect: boolean;
  readonly inputs: { readonly [key: string]: Value };
}

/** The run that the resource is part of. */
export interface Run {
  readonly project: string;
  readonly stack: string;
  /** The stack's config with what comes out of its Environment, by the full key (`<project>:prod`). */
  readonly config: ReadonlyMap<string, string>;
  /** Every text within the secret config that is long enough to be told from an everyday word. */
  readonly secretValues: ReadonlySet<string>;
}

/** Settings of a rule from the pack's config file; each has a default. */
export type Options = Readonly<Record<string, unknown>>;

/** The shape of one setting, in the JSON schema that the engine checks config files with. */
export type OptionSchema =
  | {
      readonly type: "integer";
      readonly minimum: number;
      readonly default: number;
      readonly description: string;
    }
  | { readonly type: "boolean"; readonly default: boolean; readonly description: string }
  | {
      readonly type: "array";
      readonly items: { readonly type: "string" };
      readonly default: string[];
      readonly description: string;
    };

/** One policy. What it finds depends on its arguments alone, and on files that they name. */
export interface Rule {
  /** Its name in the config file and in what the engine prints. */
  readonly name: string;
  /** What has to hold, as one sentence. */
  readonly description: string;
  readonly options?: Readonly<Record<string, OptionSchema>>;
  /** Whether the rule is about resources of this type. */
  applies(type: string): boolean;
  /** A sentence for each fault: where, what, and what mends it. Names only, never a value. */
  check(resource: Resource, run: Run, options: Options): string[] | Promise<string[]>;
}

/** The texts of a list setting; none, where it is not given. */
export function listOption(options: Options, name: string): string[] {
  const given = options[name];
  return Array.isArray(given) ? given.filter((item) => typeof item === "string") : [];
}
