import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { noteEffect } from "../../../api/effects.ts";
import { FaultsError } from "../../../faults.ts";
import type { SecretValues } from "../../../program/values.ts";
import { dotenvText, namesIn } from "./dotenv-text.ts";
import { notPlain } from "./plain-file.ts";
import { gitIgnores, replaceFile } from "./write-file.ts";

export interface Written {
  /** As messages show it. */
  readonly file: string;
  readonly result: "written" | "unchanged";
  readonly names: readonly string[];
  readonly notes: readonly string[];
}

/** For people, in a line; names only. */
export function describeWritten({ file, result, names }: Written): string {
  return `${file}: ${result}, ${names.length} ${names.length === 1 ? "value" : "values"} (${names.join(", ")})`;
}

export interface WriteHow {
  readonly shownAs: string;
  /** The Environment, for the file's comment. */
  readonly source: string;
  /** Also when names that only the file has would be lost. */
  readonly force: boolean;
  /** An interruption that comes before the file is begun leaves it as it was. */
  readonly signal: AbortSignal;
}

/** Writes `.dev.vars` losslessly, or says everything that is in the way and writes nothing. */
export async function writeDevVars(file: string, values: SecretValues, how: WriteHow): Promise<Written> {
  const { shownAs, source, force, signal } = how;
  const faults = [];
  const notes: string[] = [];
  // The temporary file as well: a killed run leaves it behind until the next one.
  const ignored = [await gitIgnores(file), await gitIgnores(`${file}.1.part`)];
  if (ignored.includes("not ignored")) {
    faults.push({
      where: shownAs,
      what: `git does not ignore ${ignored[0] === "not ignored" ? "it" : "the temporary file beside it"}, so the values could be committed`,
      fix: "Add this line to .gitignore: .dev.vars*   (a file that git tracks already: git rm --cached FILE)",
    });
  } else if (ignored.includes("no repository")) {
    notes.push("this folder is in no git repository; should it become one, ignore .dev.vars* in it.");
  }
  const other = await notPlain(file);
  if (other !== undefined) {
    faults.push({
      where: shownAs,
      what: `it is ${other}, and no plain file: what is there would be lost, or can't be written over`,
      fix: "Move it away (a tool such as 1Password may have put it there). Or run without a file: ws dev",
    });
  }
  const before = other === undefined ? await readFile(file, "utf8").catch(() => "") : "";
  const lost = namesIn(before).filter((name) => !values.has(name));
  if (lost.length > 0 && !force) {
    faults.push({
      where: shownAs,
      what: `it also holds ${lost.join(", ")}, which the stack does not declare and which would be lost`,
      fix: "Move them elsewhere (a local wrangler variable, or secrets.required), or let them go: --force",
    });
  }
  const made = dotenvText(values, [
    `From the Environment ${source}, by 'ws dev --write'. Not to be committed.`,
  ]);
  if (made.kind === "impossible") {
    faults.push(
      ...made.names.map((name) => ({
        where: `secret '${name}'`,
        what: `no ${basename(file)} can hold ${/^[\w.-]+$/.test(name) ? "its value: the format has no escapes, so one with a carriage return or every kind of quote may not come back" : "its name: the format takes letters, digits, '_', '.' and '-'"}`,
        fix: "Run without a file: ws dev. Or encode the value, in base64 for instance.",
      })),
    );
  }
  if (faults.length > 0 || made.kind === "impossible") throw new FaultsError(faults);
  signal.throwIfAborted();
  const result = await replaceFile(file, made.text);
  if (result === "written") noteEffect({ kind: "written", file: shownAs });
  return { file: shownAs, result, names: [...values.keys()], notes };
}
