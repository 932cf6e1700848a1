import type { Effect } from "../../api/effects.ts";
import { type Fault, listFaults } from "../../faults.ts";
import { oneLine } from "../../visible.ts";

/**
 * Everything that a command says when it ends without having done what it was called for. This is the one place that words
 * an effect: no error and no command says "nothing was changed" of its own accord. An error names problem, place, reason and
 * next command; what the run has changed is noted where it happens (`sendWrite`, `noteEffect`) and is added here.
 *
 * @example A new refusal, which is true before the first write and after it:
 *   refuseIfAny([{ where: file.shownAs, what: "it is no mapping", fix: "Fix the file." }]);
 * @example A new write of a file:
 *   await writeFileAtomic(path, text);
 *   noteEffect({ kind: "written", file: shownAs });
 */
export interface Failure {
  /** What went wrong, with its place and reason; faults are listed instead where there are any. */
  readonly reason: string;
  readonly faults: readonly Fault[];
  readonly effects: readonly Effect[];
  /** The next command, where it is another than the same one again. */
  readonly next?: string | undefined;
  /** The same command may well succeed without an edit: a service was away, or the run was interrupted. */
  readonly passing?: boolean;
}

/** The text for people, on standard error. */
export function describeFailure({ reason, faults, effects, next, passing = false }: Failure): string {
  const nothing = effects.every(({ kind }) => kind === "none");
  const lines = [
    faults.length === 0 ? reason : listFaults(faults, nothing ? "; nothing was changed." : "."),
    ...describeEffects(effects),
  ];
  if (nothing && faults.length === 0)
    lines.push(`Nothing was changed${passing && next === undefined ? "; run the same command again" : ""}.`);
  if (next !== undefined) lines.push(next);
  else if (!nothing) lines.push("The same command again goes on from there.");
  return lines.join("\n");
}

/** The same for `--json`. `effect` is never empty: `[{"kind":"none"}]` where nothing was changed. */
export function failureJson(failure: Failure): Readonly<Record<string, unknown>> {
  return { ok: false, message: describeFailure(failure), faults: failure.faults, effect: failure.effects };
}

/** A line for each change, and what follows from all of them; none where nothing was changed. */
function describeEffects(effects: readonly Effect[]): string[] {
  const known = effects.filter(({ kind }) => kind !== "none" && kind !== "unknown");
  const unknown = effects.filter(({ kind }) => kind === "unknown");
  const deploys = effects.some(({ kind }) => kind === "deployed" || kind === "destroyed");
  return [
    ...(known.length === 0
      ? []
      : ["Done before that:", ...known.map((effect) => `  ${oneLine(describeEffect(effect))}`)]),
    ...(unknown.length === 0
      ? []
      : [
          "Not known, because no answer confirms or refuses it:",
          ...unknown.map((effect) => `  ${oneLine(describeEffect(effect))}`),
        ]),
    ...(known.length > 0 &&
    unknown.length === 0 &&
    !deploys &&
    known.some(({ kind }) => PREPARES.includes(kind))
      ? ["Nothing was deployed."]
      : []),
  ];
}

/** Changes that come before a deployment, after which people ask whether there was one. */
const PREPARES: readonly Effect["kind"][] = ["stored", "pinned", "written"];

function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case "none":
      return "nothing was changed";
    case "stored":
      return `${effect.environment}: stored ${effect.names.length === 0 ? "its definition" : effect.names.join(", ")}${effect.revision === null ? "" : ` (revision ${effect.revision})`}`;
    case "pinned":
      return `${effect.file}: ${effect.revision === null ? "no pin any more" : `pinned to ${effect.revision}`}`;
    case "written":
      return `${effect.file}: written`;
    case "created":
    case "removed":
      return `${effect.what}: ${effect.kind}`;
    case "deployed":
      return `${effect.stack}: ${effect.partly ? "deployed in part; live are" : "deployed:"} ${effect.live.join(", ")}`;
    case "destroyed":
      return `${effect.stack}: ${effect.partly ? "destroyed in part; gone are" : "destroyed:"} ${effect.gone.join(", ")}`;
    case "unknown":
      return `whether ${effect.what}; look: ${effect.look}`;
  }
}
