import { bearer, type Credential } from "../../../api/credential.ts";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { type Fault, refuseIfAny } from "../../../faults.ts";
import { note } from "../../terminal/output.ts";
import { askHidden, askText, type Terminal } from "../../terminal/prompts.ts";
import type { Context } from "../context.ts";
import type { Declared } from "../declared.ts";
import { restoreAdvice } from "../deleted.ts";
import { generatedKey } from "../init-environments.ts";
import { pinFault } from "../pins/stale-pin.ts";
import type { StackFile } from "../stack-file.ts";
import { coveredFaults } from "../value-source.ts";
import { foreignValues } from "./foreign-values.ts";
import { fullName, type Given } from "./given.ts";
import { givenFaults } from "./given-faults.ts";
import { knownNames } from "./known-names.ts";
import { checkSize } from "./size.ts";
import {
  type Chosen,
  type Decision,
  decide,
  decisionFault,
  deployFault,
  inputFault,
  ownNames,
  type Slot,
  slotsOf,
} from "./slots.ts";
import { readSources, type ValueOptions } from "./sources.ts";
import { type Before, readBefore } from "./stored.ts";
import { verifyAccount } from "./verify-account.ts";

/** Everything that is known and decided before the first write. */
export interface Filling {
  readonly before: Before;
  readonly decisions: readonly Decision[];
  /** Given, but declared by no Worker: not stored. By source. */
  readonly unused: readonly Given[];
  readonly notes: readonly string[];
  /** For further questions to Cloudflare. */
  readonly account: { readonly accountId: string; readonly token: Credential };
}

export interface FillInputs {
  readonly context: Context;
  readonly file: StackFile;
  readonly declared: Declared;
  readonly options: ValueOptions;
  /** Whether to ask for what is missing, and where. */
  readonly terminal: Terminal | undefined;
  readonly signal: AbortSignal;
  /** What was read already: standard input can be read only once. Default: read here, by the options. */
  readonly given?: readonly Given[];
  readonly progress: (line: string) => void;
}

/**
 * Finds out what the stack's Environments lack, takes it from where the options say, asks for the rest, and checks
 * all of it, the token against the account included. Writes nothing; throws one `FaultsError` for everything wrong.
 */
export async function planFilling(inputs: FillInputs): Promise<Filling> {
  const { context, file, declared, options, terminal, signal, progress } = inputs;
  const { workers, organization, secretsRevision } = declared;
  const faults: Fault[] = [];
  const known = knownNames(
    workers,
    workers.map(({ name }) => name),
  );
  const given = inputs.given ?? (await readSources(options, context, known, faults));
  const unread = faults.length > 0;
  progress(`Reading what ${context.names.definition} has`);
  const client = context.client.forOrganization(organization);
  const before = await readBefore(context, client, secretsRevision);
  if (before.exists.secrets) faults.push(...(await pinFault(file, context, client, secretsRevision)));
  signal.throwIfAborted();

  const { generate = [], replace = [] } = options;
  const chosen: Chosen = { given, generate, replace };
  const slots = slotsOf(workers, before, ownNames(given, [...generate, ...replace]));
  faults.push(...givenFaults(slots, chosen, known, file.shownAs));
  const undecided = decide(slots, chosen, generatedKey);
  faults.push(...(await foreignValues(context, client, before, undecided)));
  // Said before anybody is asked for new values, or is refused for want of them.
  const restorable = await restorableValues(context, client, before);
  const lacks = undecided.some(({ kind }) => kind === "missing");
  if (lacks && terminal === undefined) faults.unshift(...restorable);
  else if (lacks) for (const { where, what, fix } of restorable) note(`${where}: ${what}. ${fix}`);
  // Before anybody types anything in.
  if (terminal !== undefined) refuseIfAny(faults);
  const decisions: Decision[] = [];
  for (const decision of undecided)
    decisions.push(
      decision.kind === "missing" && terminal !== undefined ? await ask(decision.slot, terminal) : decision,
    );
  // A new value for a stored one may well stand in what could not be read.
  const mayBeThere = ({ kind, slot }: Decision) => unread && kind === "missing" && slot.stored !== undefined;
  for (const decision of decisions) {
    const fault = mayBeThere(decision) ? undefined : decisionFault(decision);
    if (fault !== undefined) faults.push(fault);
  }

  faults.push(...(await sourceFaults(client, context, before, decisions, options.detach ?? [])));
  const size = checkSize(inputs, before, decisions);
  faults.push(...size.faults);

  const account = {
    accountId: decidedValue(decisions, "CLOUDFLARE_ACCOUNT_ID"),
    token: bearer(decidedValue(decisions, "CLOUDFLARE_API_TOKEN")),
  };
  const notes: string[] = [];
  const wellFormed =
    deployFault("CLOUDFLARE_ACCOUNT_ID", account.accountId) === undefined &&
    deployFault("CLOUDFLARE_API_TOKEN", account.token.reveal()) === undefined;
  if (wellFormed) {
    progress("Checking the token against the account");
    const verified = await verifyAccount({
      ...account,
      url: context.cloudflareUrl,
      needsSubdomain: !declared.prod && workers.some(({ config }) => config.workersDev),
      source: sourceOf(decisions, "CLOUDFLARE_API_TOKEN", context.names.cloudflare),
    });
    faults.push(...verified.faults);
    notes.push(...verified.notes);
  }
  for (const worker of workers) {
    const { accountId, whereIs } = worker.config;
    if (accountId === undefined || !wellFormed || accountId === account.accountId) continue;
    faults.push({
      where: whereIs(["account_id"]),
      what: `the file is for the account ${accountId}, the values are for ${account.accountId}`,
      fix: "Take 'account_id' out of the file, or give the right account id.",
    });
  }
  refuseIfAny(faults);
  signal.throwIfAborted();
  const places = new Set(slots.map(fullName));
  const [used, unused] = [true, false].map((is) => given.filter((one) => places.has(fullName(one)) === is));
  notes.push(...restorable.map(({ where, what, fix }) => `${where}: ${what}. ${fix}`));
  notes.push(...size.notes);
  notes.push(...twoValues(used ?? []), ...notTaken(decisions, used ?? []));
  // A value of what the program passes is for local work; nothing is to be done about it.
  const unclaimed = (unused ?? []).filter(({ name }) => !known.program.has(name));
  return { before, decisions, unused: unclaimed, notes, account };
}

/** The Environments of values that are not there and can be restored. */
async function restorableValues(
  { names }: Context,
  client: PulumiClient,
  { exists }: Before,
): Promise<Fault[]> {
  const gone = (["cloudflare", "secrets"] as const).filter((key) => !exists[key]).map((key) => names[key]);
  const found = await Promise.all(
    gone.map(async (name): Promise<Fault[]> => {
      const fix = await restoreAdvice(client, name);
      return fix === undefined ? [] : [{ where: `Environment ${name}`, what: "it is not there", fix }];
    }),
  );
  return found.flat();
}

/** Values that can't be stored where they belong: an import, a reference or a provider gives them. */
async function sourceFaults(
  client: PulumiClient,
  { names }: Context,
  { texts }: Before,
  decisions: readonly Decision[],
  detach: readonly string[],
): Promise<Fault[]> {
  const faults = (["cloudflare", "secrets"] as const).map((key) => {
    const slots = decisions.flatMap(({ kind, slot }) =>
      kind === "store" && slot.environment === key ? [slot] : [],
    );
    return coveredFaults(
      { client, environment: names[key], yaml: texts[key] },
      slots.map(({ name, worker, stored }) => {
        const named = fullName({ name, worker });
        const way = detach.includes(named) ? undefined : `--detach ${named}`;
        return { name, worker, opened: stored !== undefined, way };
      }),
    );
  });
  return (await Promise.all(faults)).flat();
}

export async function ask(slot: Slot, terminal: Terminal): Promise<Decision> {
  const named = fullName(slot);
  const message = `${named} (${slot.declaredAt})`;
  const value =
    named === "CLOUDFLARE_ACCOUNT_ID"
      ? await askText(message, terminal, (text) => deployFault(named, text) ?? true)
      : await askHidden(
          message,
          terminal,
          (text) =>
            (slot.environment === "cloudflare"
              ? deployFault(named, text)
              : inputFault(named, text, slot.forms)) ?? true,
        );
  return { kind: "store", slot, value, source: "the prompt" };
}

function decidedValue(decisions: readonly Decision[], name: string): string {
  const decision = decisions.find(({ slot }) => slot.environment === "cloudflare" && slot.name === name);
  if (decision?.kind === "store") return decision.value;
  return decision?.kind === "kept" && typeof decision.slot.stored === "string" ? decision.slot.stored : "";
}

function sourceOf(decisions: readonly Decision[], name: string, environment: string): string {
  const decision = decisions.find(({ slot }) => slot.environment === "cloudflare" && slot.name === name);
  return decision?.kind === "store" ? decision.source : `stored in ${environment}`;
}

/** A name that two sources have with different values: the first wins, and that is said. */
function twoValues(given: readonly Given[]): string[] {
  return given.flatMap((one, index) => {
    const first = given.find((other) => fullName(other) === fullName(one));
    if (first === undefined || given.indexOf(first) === index || first.value === one.value) return [];
    return [
      `${fullName(one)}: ${first.source} and ${one.source} have different values; that of ${first.source} is taken.`,
    ];
  });
}

/** A stored value stays; that another one was given for it is said, and how it is taken. Neither value is shown. */
function notTaken(decisions: readonly Decision[], given: readonly Given[]): string[] {
  return decisions.flatMap(({ kind, slot }) => {
    const named = fullName(slot);
    const one = given.find((other) => fullName(other) === named);
    if (kind !== "kept" || one === undefined || one.value === slot.stored) return [];
    return [
      `${named}: another value than the stored one was given (${one.source}) and not taken; take it by --replace ${named}`,
    ];
  });
}
