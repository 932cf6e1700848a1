import type { Fault } from "../../../faults.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import type { SecretForm } from "../../../program/secret-forms.ts";
import { valueNames } from "../../../program/secret-names.ts";
import { type ValueTree, valueFault } from "../../../program/values.ts";
import type { Variable } from "../init-environments.ts";
import { fullName, type Given, splitName } from "./given.ts";
import { DEPLOY_NAMES } from "./known-names.ts";

/** A value that the stack needs or takes, and what is known of it. */
export interface Slot {
  readonly name: string;
  /** Its place is this Worker's own part; else it is shared. */
  readonly worker: string | undefined;
  readonly environment: "cloudflare" | "secrets";
  /** Where it is declared, or what it is for. */
  readonly declaredAt: string;
  readonly required: boolean;
  /** What the Workers that get the value declare of it. */
  readonly forms: readonly SecretForm[];
  /** The value in ESC now, as it came; `undefined` for none. */
  readonly stored: unknown;
}

export interface Stored {
  readonly cloudflare: Readonly<Record<string, unknown>>;
  readonly secrets: ValueTree;
}

/**
 * Every value that the stack's declarations ask for. A name has a shared place; a Worker's own part is one only where it
 * is in use already or something is given for it (`own`).
 */
export function slotsOf(workers: readonly DeclaredWorker[], stored: Stored, own: readonly string[]): Slot[] {
  const deploy = DEPLOY_NAMES.map(
    (name): Slot => ({
      name,
      worker: undefined,
      environment: "cloudflare",
      declaredAt: name === "CLOUDFLARE_ACCOUNT_ID" ? "the account to deploy to" : "the deploy token",
      required: true,
      forms: [],
      stored: stored.cloudflare[name],
    }),
  );
  const shared = new Map<string, Slot>();
  const ownSlots: Slot[] = [];
  for (const worker of workers) {
    const { requiredSecrets, whereIs } = worker.config;
    for (const name of valueNames(worker)) {
      const required = requiredSecrets.includes(name);
      const declaredAt = required
        ? whereIs(["secrets", "required", requiredSecrets.indexOf(name)])
        : `optionalSecrets of '${worker.name}'`;
      const ownValue = stored.secrets.own[worker.name]?.[name];
      const forms = formsOf([worker], name);
      const slot = { name, environment: "secrets", declaredAt, required, forms } as const;
      if (ownValue !== undefined || own.includes(fullName({ name, worker: worker.name }))) {
        ownSlots.push({ ...slot, worker: worker.name, stored: ownValue });
        continue;
      }
      const before = shared.get(name);
      shared.set(name, {
        ...slot,
        worker: undefined,
        forms: [...(before?.forms ?? []), ...forms],
        stored: stored.secrets.shared[name],
        required: required || before?.required === true,
        declaredAt: before?.declaredAt ?? declaredAt,
      });
    }
  }
  return [...deploy, ...shared.values(), ...ownSlots];
}

/** What becomes of one slot. */
export type Decision =
  | { readonly kind: "kept"; readonly slot: Slot }
  | { readonly kind: "store"; readonly slot: Slot; readonly value: string; readonly source: string }
  | { readonly kind: "missing"; readonly slot: Slot }
  /** What was given for it is no text, and a fault says so. */
  | { readonly kind: "told"; readonly slot: Slot }
  /** An optional one without a value. */
  | { readonly kind: "none"; readonly slot: Slot };

export interface Chosen {
  /** By precedence: the first that has a name wins. */
  readonly given: readonly Given[];
  readonly generate: readonly string[];
  readonly replace: readonly string[];
}

/** Decides for every slot. Pure but for the keys that `makeKey` makes. A stored value stays unless it is to be replaced. */
export function decide(slots: readonly Slot[], chosen: Chosen, makeKey: () => string): Decision[] {
  return slots.map((slot): Decision => {
    const named = fullName(slot);
    if (slot.stored !== undefined && !chosen.replace.includes(named)) return { kind: "kept", slot };
    const given = chosen.given.find((one) => fullName(one) === named);
    if (given !== undefined)
      return given.value === undefined
        ? { kind: "told", slot }
        : { kind: "store", slot, value: given.value, source: given.source };
    if (chosen.generate.includes(named))
      return { kind: "store", slot, value: makeKey(), source: "generated" };
    return slot.required ? { kind: "missing", slot } : { kind: "none", slot };
  });
}

/** Why a decision can't be carried out. */
export function decisionFault(decision: Decision): Fault | undefined {
  const { slot } = decision;
  const named = fullName(slot);
  if (decision.kind === "store") {
    const what =
      slot.environment === "cloudflare"
        ? deployFault(slot.name, decision.value)
        : inputFault(named, decision.value, slot.forms);
    return what === undefined
      ? undefined
      : { where: `${decision.source}, ${named}`, what, fix: "Give a right value." };
  }
  if (decision.kind === "kept") {
    const what =
      slot.environment === "cloudflare"
        ? typeof slot.stored === "string"
          ? deployFault(slot.name, slot.stored)
          : "it is not a text"
        : valueFault(named, slot.stored, slot.forms);
    if (what === undefined) return undefined;
    return { where: `the stored value of ${named}`, what, fix: `Give a new one and add: --replace ${named}` };
  }
  if (decision.kind === "missing") {
    const replaces = slot.stored !== undefined;
    return {
      where: replaces ? `--replace ${named}` : slot.declaredAt,
      what: replaces ? "there is no new value for it" : `'${named}' has no value`,
      fix: `Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked.${slot.environment === "cloudflare" ? "" : ` For a key that nobody chose: --generate ${named}`}`,
    };
  }
  return undefined;
}

/** What an account id or a token must look like; checked before either is sent anywhere. */
export function deployFault(name: string, value: string): string | undefined {
  if (name === "CLOUDFLARE_ACCOUNT_ID")
    return /^[0-9a-f]{32}$/.test(value)
      ? undefined
      : "an account id has 32 hexadecimal digits, in lower case (dashboard: Workers & Pages, on the right)";
  return /^[0-9A-Za-z_-]{40,80}$/.test(value)
    ? undefined
    : `a token has 40 to 80 letters, digits, _ or -; this one has ${value.length} characters or others`;
}

/** Why a text can't be stored as a secret. */
export function inputFault(
  named: string,
  value: string,
  forms: readonly SecretForm[] = [],
): string | undefined {
  const what = valueFault(named, value, forms);
  if (what !== undefined) return what;
  if (!value.isWellFormed()) return `'${named}' holds half a surrogate pair, which no UTF-8 text can`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value))
    return `'${named}' holds a control character other than a tab or a line end: encode binary data, as base64 for one`;
  return undefined;
}

/** The values as they will be once the decisions are carried out. */
export function treeAfter(stored: ValueTree, decisions: readonly Decision[]) {
  const shared = { ...stored.shared };
  const own: Record<string, Record<string, unknown>> = Object.fromEntries(
    Object.entries(stored.own).map(([worker, values]) => [worker, { ...values }]),
  );
  for (const decision of decisions) {
    const { environment, worker, name } = decision.slot;
    if (decision.kind !== "store" || environment !== "secrets") continue;
    if (worker === undefined) shared[name] = decision.value;
    else own[worker] = { ...own[worker], [name]: decision.value };
  }
  return { environmentVariables: shared, workers: own };
}

/** What Workers declare of a secret of this name. */
export function formsOf(
  workers: readonly Pick<DeclaredWorker, "secretForms">[],
  name: string,
): readonly SecretForm[] {
  return workers.flatMap(({ secretForms }) => secretForms.get(name) ?? []);
}

export function toVariable({ slot, value }: Extract<Decision, { kind: "store" }>): Variable {
  const secret = slot.name !== "CLOUDFLARE_ACCOUNT_ID";
  return { name: slot.name, value, secret, worker: slot.worker };
}

/** Names as a person gave them, `WORKER.NAME` for one Worker's own part. */
export function ownNames(given: readonly Given[], names: readonly string[]): string[] {
  const all = [...given, ...names.map(splitName)];
  return all.filter(({ worker }) => worker !== undefined).map(fullName);
}
