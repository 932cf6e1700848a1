import assert from "node:assert/strict";
import type { Effect } from "../../packages/worker-secrets/src/api/effects.ts";
import { changes, type Snapshot } from "./cloud-snapshot.ts";
import type { Interrupted } from "./interrupt-at.ts";

/** Both clouds and the checkout around a run, and which run it was. */
export interface Around {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly where: string;
}

/** Compares the effect and the words of a run with what has really changed. */
export function assertTrue(ended: Interrupted, around: Around): void {
  const said = saidBy(ended);
  const changed = changes(around.before, around.after);
  const names = [...changed.keys()];
  const where = `${around.where}\n${[...changed.values()].join("\n")}\n${ended.stdout}${ended.stderr}`;
  if (said === undefined) return;
  const { effect, text, claims } = said;
  const none = effect === undefined ? NOTHING.test(text) : effect.every(({ kind }) => kind === "none");
  if (effect !== undefined) {
    assert.ok(effect.length > 0, where);
    if (ended.code !== 0 && text !== "")
      assert.equal(NOTHING.test(text), none, `words and effect differ: ${where}`);
  }
  if (none) assert.deepEqual(names, [], `it says that nothing was changed: ${where}`);
  for (const name of names)
    assert.ok(
      namesOf(name).some((one) => claims.includes(one)),
      `it does not name ${name}: ${where}`,
    );
  assertStored(effect ?? [], ended, { ...around, where });
  if (!none && effect?.every(({ kind }) => kind !== "unknown"))
    assert.notDeepEqual(names, [], `it names a change that did not happen: ${where}`);
}

const NOTHING = /othing was changed/;

/** By what a change may be called: a token by its id or its name. */
function namesOf(change: string): readonly string[] {
  const token = /^token (\S+) '(.*)'$/.exec(change);
  return token === null ? [change.replace(/^(Environment|stack) /, "")] : token.slice(1);
}

/** What is reported as stored is stored, and what is reported as unknown could not have been read back. */
function assertStored(
  effects: readonly Effect[],
  ended: Interrupted,
  { before, after, where }: Around,
): void {
  for (const effect of effects) {
    if (effect.kind === "unknown")
      assert.doesNotMatch(effect.place, /^(Environment|stack|Worker|token) /, `it can be read: ${where}`);
    if (effect.kind !== "stored") continue;
    const name = `Environment ${effect.environment}`;
    assert.notEqual(after.get(name), before.get(name), `${name} was not stored: ${where}`);
  }
  const last = effects.findLast(({ kind }) => kind === "stored");
  if (last?.kind !== "stored" || last.revision === null || ended.code === 0) return;
  const text = after.get(`Environment ${last.environment}`) ?? "";
  assert.ok(text.startsWith(`${last.revision} `), `${last.environment} has another revision: ${where}`);
}

/**
 * The effect as `--json` gives it, and the words; a script of the workflows has the words alone. `undefined` where a run
 * makes no claim: a script that ended well, or one that was interrupted after its result.
 */
function saidBy({
  code,
  stdout,
  stderr,
}: Interrupted):
  | { readonly effect: readonly Effect[] | undefined; readonly text: string; readonly claims: string }
  | undefined {
  const last = stdout.trim().split("\n").at(-1) ?? "";
  if (last.startsWith("{")) {
    const { effect, message = "" } = JSON.parse(last) as { effect: readonly Effect[]; message?: string };
    return { effect, text: message, claims: JSON.stringify(effect) };
  }
  if (code === 0 || !/othing was changed|Done before that|Not known/.test(stderr)) return undefined;
  return { effect: undefined, text: stderr, claims: stderr };
}
