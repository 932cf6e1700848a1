import { createHash } from "node:crypto";

/** What can go wrong with one call. */
export type Fault =
  /** The call is carried out that many milliseconds later. */
  | { readonly kind: "latency"; readonly milliseconds: number }
  /** 429, with `Retry-After` in whole seconds. */
  | { readonly kind: "429"; readonly retryAfter: number }
  /** Refused before it had any effect; 502 with a page of some proxy. */
  | { readonly kind: "500" | "502" | "503" | "409" }
  /** 401, as for a token whose time is over. */
  | { readonly kind: "expired-token" }
  /** The connection is lost, before the call was carried out or after it: the client can't know which. */
  | { readonly kind: "reset-before" | "reset-after" }
  /** Carried out; the connection ends in the middle of the answer's body. */
  | { readonly kind: "truncated" }
  /** Carried out; the body is JSON of no form that the API has, or a page that is no JSON at all. */
  | { readonly kind: "wrong-json" | "not-json" };

export type FaultKind = Fault["kind"];

export const FAULT_KINDS: readonly FaultKind[] = [
  "latency",
  "429",
  "500",
  "502",
  "503",
  "409",
  "expired-token",
  "reset-before",
  "reset-after",
  "truncated",
  "wrong-json",
  "not-json",
];

/** Which calls a fault is for, and which of these it hits. */
export interface FaultRule {
  /** What goes wrong. */
  readonly fault: Fault;
  /** Any, unless it is named. */
  readonly method?: string;
  /** Of the path without its query: `*` stands for one segment, `**` for any number of them. */
  readonly path: string;
  /** The first that is hit, counted from 1 among the calls that match. By default 1. */
  readonly nth?: number;
  /** How many are hit at most. By default 1 with `nth`, else any number. */
  readonly times?: number;
  /** Of being hit, 0 to 1, for each call that may be. By default 1. */
  readonly probability?: number;
}

/** Which calls go wrong, and how. */
export interface FaultPlan {
  /** What the probabilities are drawn from: the same calls meet the same faults again. By default 1. */
  readonly seed?: number;
  /** The first that hits a call decides. */
  readonly rules: readonly FaultRule[];
}

/** Decides, call by call in the order of their arrival, what goes wrong; `undefined`: nothing. */
export type FaultDecider = (method: string, path: string) => Fault | undefined;

export function faultDecider({ seed = 1, rules }: FaultPlan): FaultDecider {
  const states = rules.map((rule) => ({ rule, matches: pathMatcher(rule.path), seen: 0, hits: 0 }));
  return (method, path) => {
    for (const [index, state] of states.entries()) {
      const { nth, times = nth === undefined ? Number.POSITIVE_INFINITY : 1, probability = 1 } = state.rule;
      if (state.rule.method !== undefined && state.rule.method !== method) continue;
      if (!state.matches(path)) continue;
      state.seen++;
      if (state.seen < (nth ?? 1) || state.hits >= times) continue;
      // Drawn for this call of this rule alone: what other rules draw changes nothing.
      if (drawn(seed, index, state.seen) >= probability) continue;
      state.hits++;
      return state.rule.fault;
    }
    return undefined;
  };
}

function pathMatcher(pattern: string): (path: string) => boolean {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  const expression = new RegExp(`^${parts.join("")}$`);
  return (path) => expression.test(path);
}

function drawn(...from: readonly number[]): number {
  return createHash("sha256").update(from.join(" ")).digest().readUInt32BE(0) / 2 ** 32;
}
