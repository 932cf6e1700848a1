import { FaultsError } from "../../../program/faults.ts";
import { askHidden, canAsk } from "../../terminal/prompts.ts";
import { readStandardInput } from "../../terminal/standard-input.ts";
import { deployFault, inputFault } from "../init/slots.ts";

export interface InputOptions {
  readonly generate?: boolean | undefined;
  /** `-`: standard input. */
  readonly value?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What a new value is for. */
export interface Wanted {
  /** As messages name it. */
  readonly what: string;
  /** Why a text can't be it; the same that `ws init` refuses. */
  readonly fault: (text: string) => string | undefined;
  /** The option by which one is made. */
  readonly made: string;
  readonly command: string;
}

export function wantedSecret(name: string): Wanted {
  const fault = (text: string) => inputFault(name, text);
  return { what: name, fault, made: "--generate", command: "ws rotate NAME --value -" };
}

export const WANTED_TOKEN: Wanted = {
  what: "the deploy token",
  fault: (text) => deployFault("CLOUDFLARE_API_TOKEN", text),
  made: "--platform",
  command: "ws rotate --token --value -",
};

/** The new value: `undefined` where it is to be generated. Read before anything is changed; never from argv. */
export async function readValue(
  { what, fault, made, command }: Wanted,
  { generate = false, value, json = false }: InputOptions,
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
  const wrong = fault(text);
  if (wrong !== undefined) throw refuse("standard input", wrong, `Give the value there: ${command} < FILE`);
  return text;
}

function refuse(where: string, what: string, fix: string): FaultsError {
  return new FaultsError([{ where, what, fix }]);
}
