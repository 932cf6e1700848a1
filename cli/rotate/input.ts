import { FaultsError } from "../../stack/faults.ts";
import { valueFault } from "../../stack/values.ts";
import { askHidden, canAsk } from "../prompts.ts";

export interface InputOptions {
  readonly generate?: boolean | undefined;
  /** `-`: standard input. */
  readonly value?: string | undefined;
  readonly json?: boolean | undefined;
}

/** The new value: `undefined` where it is to be generated. Read before anything is changed; never from argv. */
export async function readValue(
  what: string,
  { generate = false, value, json = false }: InputOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (generate) return undefined;
  if (value !== undefined && value !== "-")
    throw refuse(
      "--value",
      "it is not '-'; values are never read from the command line",
      "Write --value - and give it on standard input.",
    );
  if (value === undefined && !canAsk(json))
    throw refuse(
      what,
      "there is no new value, and no terminal to ask for it",
      "Give it on standard input (--value -), or have one made (--generate).",
    );
  const check = (text: string) => {
    const fault = valueFault(what, text);
    return fault === undefined ? true : fault;
  };
  if (value === undefined) return askHidden(`New value of ${what}`, { signal }, check);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  // One line end is the shell's, not the value's.
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  const fault = check(text);
  if (fault !== true)
    throw refuse("standard input", fault, "Give the value there: ws rotate NAME --value - < FILE");
  return text;
}

function refuse(where: string, what: string, fix: string): FaultsError {
  return new FaultsError([{ where, what, fix }]);
}
