import assert from "node:assert/strict";
import fc from "fast-check";
import { type Model, NAMES, type Name, type Values } from "./model.ts";
import { afterCrash, assertBound, type Real, type Seen } from "./real.ts";

type Command = fc.AsyncCommand<Model, Real, false>;

/** How many commands ran, of all histories. */
export const steps = new Map<string, number>();

const name = fc.constantFrom(...NAMES);
const always = () => true;

/** A command by its name, its parameters, when it makes sense and what it does to the real stack and to the model. */
function command(
  label: string,
  check: (model: Readonly<Model>) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Command {
  return {
    check,
    async run(model, real) {
      const [kind = label] = label.split(" ");
      steps.set(kind, (steps.get(kind) ?? 0) + 1);
      await run(model, real);
    },
    toString: () => label,
  };
}

let made = 0;
/** No value comes twice, and all of them are searched for in what is printed. */
const freshValue = (kind: string) => `canary-${kind}-${++made}-$x'"\\é`;

const setValueOf = (one: Name) =>
  command(`set ${one}`, always, async (model, real) => {
    const value = freshValue("esc");
    const before = model.revisions.get(model.latest) ?? new Map();
    model.latest = await real.setValue(one, value);
    model.revisions.set(model.latest, new Map([...before, [one, value]]));
  });
const setValue = name.map(setValueOf);

const unsetValueOf = (one: Name) =>
  command(
    `unset ${one}`,
    (model) => model.revisions.get(model.latest)?.has(one) === true,
    async (model, real) => {
      const before = model.revisions.get(model.latest) ?? new Map();
      model.latest = await real.unsetValue(one);
      model.revisions.set(model.latest, new Map([...before].filter(([other]) => other !== one)));
    },
  );
const unsetValue = name.map(unsetValueOf);

const declareOf = (one: Name) =>
  command(
    `declare ${one}`,
    (model) => !model.declared.has(one),
    async (model, real) => {
      model.declared.add(one);
      real.writeWorker(model);
    },
  );
const declare = name.map(declareOf);

const undeclareOf = (one: Name) =>
  command(
    `undeclare ${one}`,
    (model) => model.declared.has(one),
    async (model, real) => {
      model.declared.delete(one);
      real.writeWorker(model);
    },
  );
const undeclare = name.map(undeclareOf);

const codeStep = command("code", always, async (model, real) => {
  model.code++;
  real.writeWorker(model);
});
const editCode = fc.constant(codeStep);

const pinOf = (set: boolean) =>
  command(set ? "pin" : "unpin", always, async (model, real) => {
    model.pin = set ? model.latest : undefined;
    real.setPin(model.pin);
  });
const pin = fc.boolean().map(pinOf);

const definitionOf = (kind: "intruder" | "pinned") =>
  command(`definition ${kind}`, always, (_, real) => real.editDefinition(kind));
const editDefinition = fc.constantFrom("intruder" as const, "pinned" as const).map(definitionOf);

const putOf = (one: Name) =>
  command(
    `put ${one}`,
    (model) => model.worker !== undefined,
    async (model, real) => {
      const value = freshValue("foreign");
      await real.putSecret(one, value);
      model.worker = new Map([...(model.worker ?? []), [one, value]]);
    },
  );
const put = name.map(putOf);

const takeAwayOf = (one: Name) =>
  command(
    `delete ${one}`,
    (model) => model.worker?.has(one) === true,
    async (model, real) => {
      await real.deleteSecret(one);
      model.worker = new Map([...(model.worker ?? [])].filter(([other]) => other !== one));
    },
  );
const takeAway = name.map(takeAwayOf);

/** The heart: an `up` deploys exactly what is declared, or is refused by name and changes nothing. */
export async function runUp(model: Model, real: Real): Promise<void> {
  const verdict = model.verdict();
  const before = model.worker;
  const result = await real.up().then(
    (text) => ({ ok: true as const, text }),
    (error: unknown) => ({
      ok: false as const,
      text: error instanceof Error ? error.message : String(error),
    }),
  );
  assert.ok(!result.text.includes("canary"), "it printed a value");
  if (!result.ok) {
    assert.notEqual(verdict.kind, "deploys", `it was refused: ${result.text}`);
    if (verdict.kind === "refused") {
      const says =
        verdict.because === "foreign" ? "somebody else put it there" : "is declared but has no value";
      for (const one of verdict.names) assert.match(result.text, new RegExp(`'${one}'[^\\n]*${says}`));
    }
    const seen = await real.see();
    assertBound(seen, before);
    assertRuns(seen, model);
    return;
  }
  if (verdict.kind === "refused")
    assert.fail(`it went through, although ${verdict.names.join(", ")} is ${verdict.because}`);
  const seen = await real.see();
  assert.ok(seen?.digests !== undefined, "the Worker is not served");
  assertBound(seen, verdict.values);
  assert.equal(seen.code, model.code, "the Worker runs other code");
  assert.ok(await real.isDefined(model.pin), "the stack's Environment is not what it declares");
  for (const gone of [...(before?.keys() ?? [])].filter((one) => !verdict.values.has(one))) {
    if (model.owned.has(gone)) assert.match(result.text, new RegExp(`- ${gone}\\b`), `${gone} went silently`);
  }
  model.deployed(verdict.values, model.code);
  const { changes, text } = await real.previewed();
  assert.deepEqual(changes, [], `something is left to do:\n${text}`);
}

/** Where it is known which code the Worker runs, it runs that. */
function assertRuns(seen: Seen | undefined, model: Model): void {
  if (seen?.code === undefined || model.running === undefined) return;
  assert.equal(seen.code, model.running, "the Worker runs other code than before");
}

const upStep = command("up", always, runUp);
const up = fc.constant(upStep);

const refreshStep = command(
  "refresh",
  (model) => model.ups > 0,
  async (model, real) => {
    await real.refresh();
    const seen = await real.see();
    assertBound(seen, model.worker);
    assertRuns(seen, model);
  },
);
const refresh = fc.constant(refreshStep);

const destroyStep = command(
  "destroy",
  (model) => model.ups > 0 || model.worker !== undefined,
  async (model, real) => {
    await real.destroy();
    model.destroyed();
    assertBound(await real.see(), undefined);
  },
);
const destroy = fc.constant(destroyStep);

const crash = fc.integer({ min: 1, max: 14 }).map((lines) =>
  command(`crash ${lines}`, always, async (model, real) => {
    const verdict = model.verdict();
    const wanted = verdict.kind === "refused" ? undefined : verdict.values;
    const killed = await real.crash(lines);
    const seen = await real.see();
    const { bound, came } = afterCrash(seen, model.worker, wanted);
    model.worker = bound;
    if (seen?.code !== model.code || wanted === undefined) assertRuns(seen, model);
    model.running = seen?.code;
    if (seen?.code === model.code) model.ran.add(model.code);
    if (wanted === undefined) return;
    if (!killed && came) return model.deployed(wanted, model.code);
    // Names are noted before the upload; the killed one may have come that far, or further.
    model.perhapsOwned = new Set([...model.perhapsOwned, ...model.owned, ...wanted.keys()]);
    model.owned = new Set([...wanted.keys()].filter((one) => came || model.owned.has(one)));
  }),
);

const rollbackStep = command(
  "rollback",
  (model) => model.ups > 1,
  async (model, real) => {
    const before = model.worker;
    const { code, stdout, stderr } = await real.rollback();
    assert.ok(!(stdout + stderr).includes("canary"), "it printed a value");
    const pinBefore = model.pin;
    model.pin = real.readPin();
    if (code !== 0) {
      assert.equal(code, 1, stdout + stderr);
      assert.match(
        stdout,
        /no earlier update|does not declare|has no value|somebody else put it there|no update of the stack/,
      );
      assert.equal(model.pin, pinBefore, `a refused rollback left another pin:\n${stdout}${stderr}`);
      const seen = await real.see();
      assertBound(seen, before);
      assertRuns(seen, model);
      return;
    }
    const seen = await real.see();
    if ((JSON.parse(stdout) as { deployed: boolean }).deployed) {
      const verdict = model.verdict();
      assert.notEqual(verdict.kind, "refused", "it went through all the same");
      assert.ok(seen?.code !== undefined && model.ran.has(seen.code), "it brought back no code that ran");
      if (verdict.kind !== "refused") model.deployed(verdict.values, seen.code);
    }
    assertBound(seen, model.worker);
    assertRuns(seen, model);
  },
);
const rollback = fc.constant(rollbackStep);

/** What a history begins with: a value for each declared name. */
export function firstValues(model: Model): Values {
  return new Map([...model.declared].map((one) => [one, freshValue("first")]));
}

/** One history with everything in it that an `up` has to notice or to refuse: what random ones may miss in a few runs. */
export const EVERYTHING: readonly Command[] = [
  ...[upStep, setValueOf("ALPHA"), upStep, codeStep, upStep],
  ...[putOf("GAMMA"), upStep, takeAwayOf("GAMMA"), declareOf("GAMMA"), upStep, setValueOf("GAMMA"), upStep],
  ...[
    undeclareOf("GAMMA"),
    upStep,
    definitionOf("intruder"),
    upStep,
    takeAwayOf("BETA"),
    refreshStep,
    upStep,
  ],
  ...[pinOf(true), upStep, setValueOf("ALPHA"), upStep, pinOf(false), upStep, rollbackStep],
  ...[destroyStep, upStep],
];

/** Sequences of all of these; what matters most comes most. */
export function histories(maxCommands: number, replayPath?: string) {
  const kinds = [
    ...[setValue, setValue, setValue, unsetValue, declare, undeclare, editCode, pin, editDefinition],
    ...[put, put, put, takeAway, takeAway, refresh, destroy, crash, rollback, rollback],
    ...[up, up, up, up, up, up],
  ];
  const commands = fc.commands(kinds, {
    maxCommands,
    size: "max",
    ...(replayPath === undefined ? {} : { replayPath }),
  });
  // With it, a few histories would nearly all be short.
  return fc.noBias(commands);
}

/**
 * Every history ends with an `up` that has to be refused, where it left something to refuse, and, once that is put right,
 * with one that has to go through.
 */
export async function settle(model: Model, real: Real): Promise<void> {
  if (model.verdict().kind === "refused") await runUp(model, real);
  model.pin = undefined;
  real.setPin(undefined);
  for (const one of [...(model.worker?.keys() ?? [])].filter((one) => !model.declared.has(one))) {
    await real.deleteSecret(one);
    model.worker = new Map([...(model.worker ?? [])].filter(([other]) => other !== one));
  }
  const values = new Map(model.revisions.get(model.latest));
  for (const one of [...model.declared].filter((one: Name) => !values.has(one))) {
    values.set(one, freshValue("settled"));
    model.latest = await real.setValue(one, values.get(one) ?? "");
    model.revisions.set(model.latest, new Map(values));
  }
  assert.equal(model.verdict().kind, "deploys");
  await runUp(model, real);
}
