import { FAULT_KINDS, type Fault, type FaultKind, type FaultPlan, type FaultRule } from "./fault-plan.ts";

/** A plan in its written form has a fault; the message says in which rule, and what is taken there. */
export class WrongFaultPlan extends Error {}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** Of a 429 without a wait of its own, and of a latency without one. */
const RETRY_AFTER = 1;
const LATENCY = 1000;

/**
 * Reads a plan: rules of the form `KIND[:NUMBER] [METHOD] PATH [nth=N] [times=N] [p=0.5]`, each on its own line or ended
 * by `;`, and `seed=N`. `#` begins a comment. NUMBER is the milliseconds of a latency, the seconds of a 429.
 */
export function parseFaultPlan(text: string): FaultPlan {
  let seed: number | undefined;
  const rules: FaultRule[] = [];
  for (const line of text.split(/[\n;]/).map((one) => one.replace(/#.*/, "").trim())) {
    if (line === "") continue;
    const given = /^seed=(\d{1,9})$/.exec(line)?.[1];
    if (given !== undefined) seed = Number(given);
    else rules.push(parseRule(line, rules.length + 1));
  }
  if (rules.length === 0) throw new WrongFaultPlan("the fault plan has no rule");
  return { ...(seed === undefined ? {} : { seed }), rules };
}

/** What is wrong is not repeated: a value may have been given in the place of the rules. */
function parseRule(line: string, number: number): FaultRule {
  const wrong = (what: string): never => {
    throw new WrongFaultPlan(
      `fault rule ${number}: ${what}. A rule is KIND[:NUMBER] [METHOD] PATH [nth=N] [times=N] [p=0.5], such as: 503 PATCH /api/esc/** nth=2`,
    );
  };
  const [kind = "", ...rest] = line.split(/\s+/);
  const fault = parseFault(kind) ?? wrong(`its kind is none of ${FAULT_KINDS.join(", ")}`);
  const method = METHODS.find((one) => one === rest[0]);
  if (method !== undefined) rest.shift();
  const path = rest.shift() ?? "";
  if (!path.startsWith("/")) wrong("it has no path, which begins with / (/** for every call)");
  const settings: { nth?: number; times?: number; probability?: number } = {};
  for (const setting of rest) {
    const [, name, value] = /^(nth|times|p)=([\d.]{1,9})$/.exec(setting) ?? [];
    const number = Number(value);
    if (name === undefined || Number.isNaN(number)) wrong("a setting is not nth=N, times=N or p=0.5");
    if (name === "p") {
      if (number > 1) wrong("p is no probability (0 to 1)");
      settings.probability = number;
    } else {
      if (!Number.isInteger(number) || number < 1) wrong(`${name} is no count from 1`);
      settings[name === "nth" ? "nth" : "times"] = number;
    }
  }
  return { fault, path, ...(method === undefined ? {} : { method }), ...settings };
}

function parseFault(text: string): Fault | undefined {
  const [, name, digits] = /^([\w-]+)(?::(\d{1,6}))?$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find((one) => one === name);
  if (kind === undefined || (digits !== undefined && kind !== "latency" && kind !== "429")) return undefined;
  return faultOf(kind, digits === undefined ? undefined : Number(digits));
}

/** The fault of a kind. `number`: the milliseconds of a latency (default 1000), the seconds of a 429 (default 1). */
export function faultOf(kind: FaultKind, number?: number): Fault {
  if (kind === "latency") return { kind, milliseconds: number ?? LATENCY };
  if (kind === "429") return { kind, retryAfter: number ?? RETRY_AFTER };
  return { kind };
}
