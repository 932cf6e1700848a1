import { randomInt } from "node:crypto";
import {
  type EscValue,
  isExactNumber,
  jsonToValue,
  type ProviderInputs,
  type Rotator,
  type Schema,
  type SchemaObject,
} from "@worker-secrets/esc";

const string: Schema = { type: "string" };
const boolean: Schema = { type: "boolean" };
const count: Schema = { type: "number", minimum: 0, maximum: 1024, multipleOf: 1 };

/** What both keep: the secret and the one before it (https://www.pulumi.com/docs/esc/providers/rotators/). */
const state: SchemaObject = {
  properties: { current: string, previous: string },
  type: "object",
  required: ["current"],
};

/** `fn::rotate::password`: random characters of the wanted kinds. */
export const passwordRotator: Rotator = rotator(
  {
    length: count,
    lower: boolean,
    upper: boolean,
    special: boolean,
    minLower: count,
    minUpper: count,
    minSpecial: count,
    overrideSpecial: string,
  },
  password,
);

/** `fn::rotate::passphrase`: words that can be spoken. The service takes them from a dictionary; here they are made. */
export const passphraseRotator: Rotator = rotator(
  {
    separator: { type: "string", minLength: 1, maxLength: 1 },
    capitalize: boolean,
    length: { type: "number", minimum: 3, maximum: 15, multipleOf: 1 },
  },
  passphrase,
);

function rotator(properties: Record<string, Schema>, make: (inputs: ProviderInputs) => string): Rotator {
  return {
    inputs: { properties, type: "object" },
    state,
    outputs: state,
    open: (_, current) =>
      current === undefined ? { unknown: true, trace: jsonToValue(null).trace } : ofSecrets(current),
    rotate: (inputs, before) => {
      const current: EscValue = { ...jsonToValue(make(inputs)), secret: true };
      return ofSecrets({ current, ...(before?.current && { previous: before.current }) });
    },
  };
}

function ofSecrets(members: ProviderInputs): EscValue {
  const secret = Object.entries(members).map(
    ([key, member]) => [key, { ...member, secret: true as const }] as const,
  );
  return { ...jsonToValue(null), value: Object.fromEntries(secret) };
}

const lowers = "abcdefghijklmnopqrstuvwxyz";
const specials = "!@#$%&*()-_=+[]{}<>:?";

function password(inputs: ProviderInputs): string {
  const kinds = [
    { wanted: flag(inputs.lower, true), least: numberOf(inputs.minLower, 0), from: lowers },
    { wanted: flag(inputs.upper, true), least: numberOf(inputs.minUpper, 0), from: lowers.toUpperCase() },
    {
      wanted: flag(inputs.special, true),
      least: numberOf(inputs.minSpecial, 0),
      from: textOf(inputs.overrideSpecial, specials),
    },
  ];
  const length = numberOf(inputs.length, 16);
  const pool = kinds.map(({ wanted, from }) => (wanted ? from : "")).join("");
  const least = kinds.reduce((sum, kind) => sum + kind.least, 0);
  if (pool === "" || length < 1) throw new Error("password: no character is allowed in it");
  if (least > length)
    throw new Error(`password: ${least} characters are asked for, and the length is ${length}`);
  const chosen = kinds.flatMap(({ least: times, from, wanted }) => {
    if (times > 0 && (!wanted || from === ""))
      throw new Error("password: a minimum is set for characters that are not allowed");
    return Array.from({ length: times }, () => pick([...from]));
  });
  while (chosen.length < length) chosen.push(pick([...pool]));
  return shuffled(chosen).join("");
}

const consonants = [..."bdfghjklmnprstvz"];
const vowels = [..."aeiou"];

/** Three syllables are about 19 bits, more than a word of the usual lists of 7,776 has. */
function passphrase(inputs: ProviderInputs): string {
  const capitalize = flag(inputs.capitalize, false);
  const words = Array.from({ length: numberOf(inputs.length, 5) }, () => {
    const word = Array.from({ length: 3 }, () => pick(consonants) + pick(vowels)).join("");
    return capitalize ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  });
  return words.join(textOf(inputs.separator, "-"));
}

function pick(from: readonly string[]): string {
  return from[randomInt(from.length)] ?? "";
}

function shuffled(items: readonly string[]): string[] {
  const rest = [...items];
  return items.map(() => rest.splice(randomInt(rest.length), 1)[0] ?? "");
}

function flag(value: EscValue | undefined, standard: boolean): boolean {
  return typeof value?.value === "boolean" ? value.value : standard;
}

function textOf(value: EscValue | undefined, standard: string): string {
  return typeof value?.value === "string" ? value.value : standard;
}

function numberOf(value: EscValue | undefined, standard: number): number {
  const content = value?.value;
  if (isExactNumber(content)) return Number(content.rawJSON);
  return typeof content === "number" ? content : standard;
}
