import { randomBytes } from "node:crypto";
import type { Document } from "yaml";
import type { TokenFacts } from "../../../api/cloudflare-token.ts";
import type { Credential } from "../../../api/credential.ts";
import { noteEffect } from "../../../api/effects.ts";
import { isPassing, ServiceError } from "../../../api/http.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { deployVariables, store } from "../../project/init-environments.ts";
import {
  claimed,
  decideStep,
  forgetRotation,
  noteRotation,
  type Replaced,
  type Rotation,
  rotationIn,
  type Step,
} from "../../project/token-record.ts";

/** The calls that a rotation makes. */
export interface RotationCalls {
  readonly environment: string;
  /** Changes the Environment's text by compare-and-swap; `change` is called again where somebody else wrote in between. */
  edit(change: (document: Document) => Promise<string[]>): Promise<unknown>;
  /** The account and the token as the Environment gives them. */
  held(): Promise<{ readonly accountId: string; readonly token: Credential }>;
  /** Verifies a token, and that it may do what the stack needs. */
  check(token: Credential): Promise<{ readonly facts: TokenFacts; readonly faults: readonly Fault[] }>;
  facts(token: Credential): Promise<TokenFacts>;
  /** Refuses while an operation of the stack runs, which would lose its token. */
  refuseWhileRunning(): Promise<void>;
  /** Of the token that may create and end tokens; `list` gives the ids of this stack's own. */
  readonly platform:
    | {
        list(): Promise<readonly string[]>;
        /** The value, and the name that it was created by. */
        create(
          run: string,
        ): Promise<{ readonly id: string; readonly name: string; readonly value: Credential }>;
        end(id: string): Promise<void>;
      }
    | undefined;
}

export interface Rotated {
  readonly step: Step;
  /** The name of the token that was created. */
  readonly made: string | undefined;
  /** The token that was replaced, by this run or the one that it finishes. */
  readonly old: Replaced | undefined;
  readonly ended: readonly string[];
  /** What is left to end by hand. */
  readonly byHand: readonly Replaced[];
}

/** What a run knows after its note is written. */
interface Claim {
  readonly step: Step;
  readonly note: Rotation;
  readonly accountId: string;
  readonly old: Replaced | undefined;
}

/** Another run has written its note since. */
class TakenOver extends FaultsError {}

/**
 * Replaces the deploy token. However many runs do so at once, and whatever becomes of their calls, the Environment holds a
 * token that works, and one repeat finishes what was left: see `claimed` for why no token that is ended can be stored.
 *
 * @param given the new token; `undefined`: the platform's token creates one
 */
export async function rotateToken(
  calls: RotationCalls,
  given: Credential | undefined,
  signal: AbortSignal,
): Promise<Rotated> {
  const run = randomBytes(6).toString("hex");
  const claim = await takeOver(calls, run, given);
  if (claim.step !== "replace") return finish(calls, claim, run, undefined);
  signal.throwIfAborted();
  if (given !== undefined) {
    await storeChecked(calls, claim, run, given);
    return finish(calls, claim, run, { token: given });
  }
  if (calls.platform === undefined) throw new Error("There is neither a new token nor one that creates it.");
  const made = await calls.platform.create(run);
  await storeChecked(calls, claim, run, made.value, () => calls.platform?.end(made.id));
  return finish(calls, claim, run, { token: made.value, made: made.name });
}

/** Writes this run's note: from then on, no other run that began before can store a token. */
async function takeOver(calls: RotationCalls, run: string, given: Credential | undefined): Promise<Claim> {
  let claim: Claim | undefined;
  await settled(calls, "the note of this rotation", async (document) => {
    const note = rotationIn(document);
    if (claim !== undefined && note?.run === run) {
      // The answer to the write was lost; what it wrote is what counts.
      claim = { ...claim, note };
      return [];
    }
    const { accountId, token } = await calls.held();
    const { id, kind } = await calls.facts(token);
    const same = given?.equals(token) === true ? "same" : "other";
    const step = decideStep(note, id, given === undefined ? undefined : same);
    const listed = calls.platform === undefined ? [] : await calls.platform.list();
    const next = claimed(run, note, id, listed);
    // Several stacks may share one token; whoever gave the new one knows, so only a different one ends.
    const stored = id === undefined || kind === "unknown" ? undefined : ({ id, kind } as const);
    claim = { step, note: next, accountId, old: step === "replace" ? stored : note?.ending.at(-1) };
    if (step === "nothing") return [];
    noteRotation(document, next);
    return ["tokenRotation"];
  });
  if (claim === undefined) throw new Error("The note was not written.");
  return claim;
}

/** Stores a token that is seen to work, with the note of what it replaces, in one revision. */
async function storeChecked(
  calls: RotationCalls,
  { note, accountId, old }: Claim,
  run: string,
  token: Credential,
  abandon: () => Promise<void> | undefined = () => undefined,
): Promise<void> {
  const id = await checked(calls, note, token).catch(async (error: unknown) => {
    // It can't be stored any more. Where it can't be ended now, the next run does.
    await abandon()?.catch(() => undefined);
    throw error;
  });
  const change = async (document: Document): Promise<string[]> => {
    const now = rotationIn(document);
    if (now?.run !== run) throw takenOver(calls);
    if (now.stored === id) return [];
    const variables = deployVariables({ accountId, token }).filter(({ secret }) => secret);
    for (const variable of variables) store(document, variable);
    const ending = old === undefined ? note.ending : [...note.ending.filter((one) => one.id !== old.id), old];
    noteRotation(document, { run, stored: id, ending });
    return variables.map(({ name }) => name);
  };
  await settled(calls, "the new CLOUDFLARE_API_TOKEN", change).catch(async (error: unknown) => {
    // Only where the text is seen to be another by now can no late write of this run still store the token.
    const isOver = error instanceof TakenOver || (error instanceof ServiceError && error.status === 409);
    if (isOver && !(await calls.held().catch(() => ({ token }))).token.equals(token))
      await abandon()?.catch(() => undefined);
    throw error;
  });
}

async function checked(calls: RotationCalls, note: Rotation, token: Credential): Promise<string> {
  const { facts, faults } = await calls.check(token);
  refuseIfAny(faults);
  const { id } = facts;
  if (id === undefined || note.ending.some((one) => one.id === id))
    throw new FaultsError([
      {
        where: "the new token",
        what: "a rotation has replaced it, and is ending it",
        fix: "Give another one.",
      },
    ]);
  return id;
}

/** Reads the stored token back, and ends what it has replaced. */
async function finish(
  calls: RotationCalls,
  { step, note, old }: Claim,
  run: string,
  own: { readonly token: Credential; readonly made?: string } | undefined,
): Promise<Rotated> {
  const { token } = await calls.held();
  if (own !== undefined && !token.equals(own.token)) throw takenOver(calls);
  const { facts, faults } = await calls.check(token);
  refuseIfAny(faults);
  await calls.refuseWhileRunning();
  const ended: string[] = [];
  const byHand: Replaced[] = [];
  const replaced = own === undefined || old === undefined ? note.ending : [...note.ending, old];
  for (const one of new Map(replaced.map((each) => [each.id, each])).values()) {
    if (one.id === facts.id) continue;
    if (calls.platform === undefined || one.kind === "user") byHand.push(one);
    else {
      await calls.platform.end(one.id);
      ended.push(one.id);
    }
  }
  await settled(calls, "the note of this rotation", async (document) => {
    // Another run carries the note on.
    if (rotationIn(document)?.run !== run) return [];
    forgetRotation(document);
    return ["tokenRotation"];
  });
  return { step, made: own?.made, old: old?.id === facts.id ? undefined : old, ended, byHand };
}

/**
 * Tries an edit once more where its outcome is in doubt: `change` sees whether the first one took place. Where the second gets no
 * answer either, even the text's being unchanged says nothing: the write may still be on its way.
 */
async function settled(
  { environment, edit }: RotationCalls,
  what: string,
  change: (document: Document) => Promise<string[]>,
): Promise<void> {
  let written = false;
  const noting = async (document: Document) => {
    const names = await change(document);
    written ||= names.length > 0;
    return names;
  };
  const inDoubt = (error: unknown) => written && error instanceof ServiceError && isPassing(error);
  try {
    await edit(noting).catch((error: unknown) => {
      if (!inDoubt(error)) throw error;
      return edit(noting);
    });
  } catch (error) {
    if (inDoubt(error))
      noteEffect({
        kind: "unknown",
        place: `Environment ${environment}`,
        what: `Environment ${environment} holds ${what}`,
        look: `pulumi env version history ${environment}`,
      });
    throw error;
  }
}

function takenOver({ environment }: RotationCalls): TakenOver {
  return new TakenOver([
    {
      where: `Environment ${environment}`,
      what: "another rotation of this token has begun since this one, and goes on alone",
      fix: "Wait until it has ended, and run this again.",
    },
  ]);
}
