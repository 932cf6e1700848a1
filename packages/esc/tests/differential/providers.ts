import type { EscValue, Providers, Rotator, Schema, SchemaObject } from "../../src/index.ts";
import { referenceProviders } from "../reference-providers.ts";

const origin = { line: 0, column: 0, byte: 0 };
const trace = { def: { environment: "", begin: origin, end: origin } };
const nothing: EscValue = { trace };

const history: SchemaObject = {
  properties: { current: true, previous: true },
  type: "object",
  required: ["current"],
};
const next: SchemaObject = {
  properties: { next: true },
  type: "object",
  required: ["next"],
  rotateOnly: ["next"],
};

function rotator(inputs: Schema, state: Schema, rotate: Rotator["rotate"]): Rotator {
  return { inputs, state, outputs: state, open: (_, current = {}) => ({ value: current, trace }), rotate };
}

function renewing(secret: boolean): Rotator {
  return rotator(next, history, (inputs, state) => ({
    value: { current: inputs.next ?? nothing, previous: state?.current ?? nothing },
    ...(secret && { secret: true as const }),
    trace,
  }));
}

const rotators = new Map<string, Rotator>([
  ["history", renewing(false)],
  ["secret-history", renewing(true)],
  ["anything", rotator(true, true, (inputs) => ({ value: inputs, trace }))],
  [
    "failing",
    rotator(true, true, () => {
      throw new Error("no");
    }),
  ],
]);
const swap = referenceProviders.rotator("swap");
if (swap) rotators.set("swap", swap);

/** The providers and rotators of our Go program, in TypeScript. */
export const worldProviders: Providers = {
  provider: referenceProviders.provider,
  rotator: (name) => rotators.get(name),
};
