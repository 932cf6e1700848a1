import {
  type EscValue,
  isExactNumber,
  jsonToValue,
  type Provider,
  type ProviderContext,
  type ProviderInputs,
  type Rotator,
  type Schema,
  type SchemaConstant,
  type SchemaObject,
} from "@worker-secrets/esc";
import type { Outcalls } from "./outcalls.ts";

const string: Schema = { type: "string" };
const anyObject: Schema = { additionalProperties: true, type: "object" };
const response: SchemaObject = {
  properties: { response: anyObject },
  type: "object",
  required: ["response"],
};
const current: SchemaObject = { properties: { current: anyObject }, type: "object", required: ["current"] };

/** `fn::open::external`: what an adapter of the user's own answers. */
export function externalProvider(calls: Outcalls | undefined): Provider {
  return {
    inputs: {
      properties: { url: string, request: anyObject, secret: { type: "boolean" } },
      type: "object",
      required: ["url"],
    },
    outputs: response,
    open(inputs, context) {
      const body = JSON.stringify(inputs.request === undefined ? {} : plain(inputs.request));
      const secret = inputs.secret?.value !== false;
      return called(calls, inputs, context, body, (json) => object({ response: received(json, secret) }));
    },
  };
}

/** `fn::rotate::external`: an adapter gets the state that it answered the last time, and answers the next one. */
export function externalRotator(calls: Outcalls | undefined): Rotator {
  return {
    inputs: {
      properties: { url: string, request: anyObject },
      type: "object",
      required: ["url"],
      rotateOnly: ["request"],
    },
    state: current,
    outputs: current,
    open(_, state) {
      if (state?.current === undefined) return { unknown: true, trace: jsonToValue(null).trace };
      return object({ current: received(plain(state.current), true) });
    },
    rotate(inputs, state, context) {
      const request = inputs.request === undefined ? {} : plain(inputs.request);
      const body = JSON.stringify({
        request,
        state: state?.current === undefined ? null : plain(state.current),
      });
      return called(calls, inputs, context, body, (json) => object({ current: received(json, true) }));
    },
  };
}

function called(
  calls: Outcalls | undefined,
  inputs: ProviderInputs,
  context: ProviderContext,
  body: string,
  read: (json: unknown) => EscValue,
): EscValue {
  if (calls === undefined) throw new Error("external: no calls are made while checking");
  const { rootEnvironment, currentEnvironment } = context;
  const url = String(inputs.url?.value ?? "");
  return calls.value({ url, body, rootEnvironment, currentEnvironment }, read);
}

function object(properties: Record<string, EscValue>): EscValue {
  return { ...jsonToValue(null), value: properties };
}

function received(json: unknown, secret: boolean): EscValue {
  const value = jsonToValue(json as SchemaConstant);
  return secret ? allSecret(value) : value;
}

function allSecret(value: EscValue): EscValue {
  const { value: content } = value;
  if (typeof content !== "object" || isExactNumber(content)) return { ...value, secret: true };
  const members = Array.isArray(content)
    ? content.map(allSecret)
    : Object.fromEntries(Object.entries(content).map(([key, member]) => [key, allSecret(member)]));
  return { ...value, value: members, secret: true };
}

/** A value's JSON with every digit of its numbers. */
export function plain({ value: content }: EscValue): unknown {
  if (content === undefined) return null;
  if (typeof content !== "object" || isExactNumber(content)) return content;
  if (Array.isArray(content)) return content.map(plain);
  return Object.fromEntries(Object.entries(content).map(([key, member]) => [key, plain(member)]));
}
