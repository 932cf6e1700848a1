/** The names that histories are about; few, so that they meet. */
export const NAMES = ["ALPHA", "BETA", "GAMMA"] as const;
export type Name = (typeof NAMES)[number];

export type Values = ReadonlyMap<Name, string>;

/** A Worker's secrets by name. `undefined`: bound, with a value that is not known since a crash. */
export type Bound = ReadonlyMap<Name, string | undefined>;

/** What the next `up` has to do. */
export type Verdict =
  | { readonly kind: "deploys"; readonly values: Values }
  /** Refused with nothing changed, and the message has these names. */
  | { readonly kind: "refused"; readonly because: "foreign" | "missing"; readonly names: readonly Name[] }
  /** A crash left it open whether the stack had noted these names as its own already. */
  | { readonly kind: "either"; readonly values: Values };

/** What has to be true of one stack and its Worker, kept by hand beside the real ones. */
export class Model {
  /** `secrets.required` of the checkout. */
  readonly declared = new Set<Name>(["ALPHA", "BETA"]);
  /** Every revision of the values in ESC, by its number. */
  readonly revisions = new Map<number, Values>();
  /** The newest of them. */
  latest = 0;
  /** `secretsRevision` of the stack's config. */
  pin: number | undefined;
  /** Which code the checkout has. */
  code = 0;
  /** Which code the Worker runs; `undefined` while that is not known. */
  running: number | undefined;
  /** Every code that an update has deployed. */
  readonly ran = new Set<number>();
  /** The Worker's secrets; `undefined` while there is no Worker. */
  worker: Bound | undefined;
  /** Names that the stack itself has bound: it may take them away. */
  owned: ReadonlySet<Name> = new Set();
  /** Names that it may have noted before it was killed. */
  perhapsOwned: ReadonlySet<Name> = new Set();
  /** Updates of this life of the stack that ended well. */
  ups = 0;

  /** The values that the stack is to deploy: ESC's, as of the pin. */
  get values(): Values {
    return this.revisions.get(this.pin ?? this.latest) ?? new Map();
  }

  verdict(): Verdict {
    const strangers = [...(this.worker?.keys() ?? [])].filter(
      (name) => !this.declared.has(name) && !this.owned.has(name),
    );
    const foreign = strangers.filter((name) => !this.perhapsOwned.has(name));
    if (foreign.length > 0) return { kind: "refused", because: "foreign", names: foreign };
    const missing = [...this.declared].filter((name) => !this.values.has(name));
    if (missing.length > 0 && strangers.length === 0)
      return { kind: "refused", because: "missing", names: missing };
    const values = new Map([...this.values].filter(([name]) => this.declared.has(name)));
    return { kind: strangers.length > 0 ? "either" : "deploys", values };
  }

  /** An update ended well: an `up` with the checkout's code, a rollback with an earlier one. */
  deployed(values: Values, code: number): void {
    this.worker = values;
    this.running = code;
    this.ran.add(code);
    this.owned = new Set(values.keys());
    this.perhapsOwned = new Set();
    this.ups++;
  }

  destroyed(): void {
    this.worker = undefined;
    this.running = undefined;
    this.owned = new Set();
    this.perhapsOwned = new Set();
    this.ups = 0;
  }
}
