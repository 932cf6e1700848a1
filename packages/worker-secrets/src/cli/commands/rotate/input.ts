import { FaultsError } from "../../../faults.ts";
import type { SecretForm } from "../../../program/secret-forms.ts";
import { generatedKey } from "../../project/init-environments.ts";
import { deployFault, inputFault } from "../../project/values/slots.ts";
import { askHidden, canAsk } from "../../terminal/prompts.ts";
import { readStandardInput } from "../../terminal/standard-input.ts";

export interface InputOptions {
  readonly generate?: boolean | undefined;
  /** `-`: standard input. */
  readonly value?: string | undefined;
  /** The value is taken as it stands, also one that looks like dotenv text. */
  readonly raw?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** What a new value is for. */
export interface Wanted {
  /** As messages name it. */
  readonly what: string;
  /** Why a text can't be it; the same that `ws init` refuses. */
  readonly fault: (text: string) => string | undefined;
  /** The name that may stand before it by mistake (`NAME=VALUE`). */
  readonly name: string;
  /** The option by which one is made. */
  readonly made: string;
  readonly command: string;
}

/** `forms`: what the Workers that get it declare of it. */
export function wantedSecret(name: string, forms: readonly SecretForm[]): Wanted {
  const fault = (text: string) => inputFault(name, text, forms);
  return { what: name, name, fault, made: "--generate", command: "ws rotate NAME --value -" };
}

export const WANTED_TOKEN: Wanted = {
  what: "the deploy token",
  name: "CLOUDFLARE_API_TOKEN",
  fault: (text) => deployFault("CLOUDFLARE_API_TOKEN", text),
  made: "--platform",
  command: "ws rotate --token --value -",
};

/** A key nobody chose, where the declared form takes one. */
export function generateValue({ what, fault }: Wanted): string {
  const key = generatedKey();
  const wrong = fault(key);
  if (wrong === undefined) return key;
  throw refuse(
    `--generate ${what}`,
    `a generated key has ${key.length} characters of base64url, and that is not the declared form: ${wrong}`,
    "Give a value of that form: --value -",
  );
}

/** The new value: `undefined` where it is to be generated. Read before anything is changed; never from argv. */
export async function readValue(
  { what, name, fault, made, command }: Wanted,
  { generate = false, value, raw = false, json = false }: InputOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (generate) return undefined;
  if (value === undefined && !canAsk(json))
    throw refuse(
      what,
      "there is no new value, and no terminal to ask for it",
      `Give it on standard input (--value -), or have one made (${made}).`,
    );
  if (value === undefined)
    return askHidden(`New value of ${what}`, { signal }, (text) => fault(text) ?? true);
  // One line end is the shell's, not the value's.
  const text = (await readStandardInput("--value -", command)).replace(/\r?\n$/, "");
  const looks = raw ? undefined : dotenvForm(name, text);
  if (looks !== undefined)
    throw refuse(
      "standard input",
      looks,
      `Give the value alone, without quotes; or store it as it stands: ${command} --raw < FILE`,
    );
  const wrong = fault(text);
  if (wrong !== undefined) throw refuse("standard input", wrong, `Give the value there: ${command} < FILE`);
  return text;
}

/** What is read here is one value: a line of dotenv would be stored with its name and its quotes. */
function dotenvForm(name: string, text: string): string | undefined {
  const [, before = "", quote] =
    /^\s*(?:export\s+)?(?:([\w.$-]+)\s*=)?\s*(?:(['"`])[\s\S]*\2\s*$)?/.exec(text) ?? [];
  if (before === name) return `it begins with '${name}=', which would be stored as a part of the value`;
  return before === "" && quote !== undefined
    ? "the value stands in quotes, which would be stored as a part of it"
    : undefined;
}

function refuse(where: string, what: string, fix: string): FaultsError {
  return new FaultsError([{ where, what, fix }]);
}
