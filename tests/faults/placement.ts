import type { FaultKind, FaultPlan } from "../../packages/sandbox/src/http/fault-plan.ts";
import { faultOf } from "../../packages/sandbox/src/http/fault-text.ts";
import { drawn, drawnBetween } from "./random.ts";

/** A fault that passes, and one that outlasts the repetitions of every client here: ours 3, the provider's 2. */
const LASTS = [1, 6] as const;

export interface Placed extends FaultPlan {
  /** For messages: what is hit, how often. */
  readonly says: string;
}

/** One call of a command without a fault, as `METHOD path`. */
export type SeenCall = string;

/**
 * A fault at one of a command's calls. Each kind of call is as likely as another, however often it is made: an upload as a
 * batch of events. `stack` is the name of the stack that the calls were seen with; any name may stand there.
 */
export function place(
  kind: FaultKind,
  calls: readonly SeenCall[],
  stack: string,
  seed: number,
  ...purpose: readonly (string | number)[]
): Placed {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const pattern = patternOf(call, stack);
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const patterns = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  const found = patterns[drawnBetween(0, patterns.length - 1, seed, kind, ...purpose, "call")];
  if (found === undefined) throw new Error("the command made no call");
  const [pattern, count] = found;
  const [method = "", path = ""] = pattern.split(" ");
  const nth = drawnBetween(1, count, seed, kind, ...purpose, "nth");
  const times = LASTS[drawn(seed, kind, ...purpose, "times") < 0.5 ? 0 : 1];
  // Short waits: it is the reaction that counts.
  const fault = faultOf(kind, kind === "latency" ? 1500 : kind === "429" ? 1 : undefined);
  return {
    rules: [{ fault, method, path, nth, times }],
    says: `${kind} ${pattern} nth=${nth} times=${times}`,
  };
}

/** What changes from one run to the next becomes a `*`: ids, versions, the stack's own name. */
function patternOf(call: SeenCall, stack: string): string {
  const [method = "", path = ""] = call.split(" ");
  const segments = path.split("/").map((segment) => {
    if (/^[0-9a-f-]{32,36}$/.test(segment) || /^\d+$/.test(segment)) return "*";
    return segment.replace(new RegExp(`(^|-)${stack}(?=-|$)`), "$1*");
  });
  return `${method} ${segments.join("/")}`;
}
