import { InvalidArgumentError } from "commander";
import { isRevision } from "../../program/names.ts";

/** `-`, for standard input. */
export function onlyStandardInput(text: string): string {
  if (text === "-") return text;
  throw new InvalidArgumentError(
    "it is not '-'; values are never read from the command line. Write '-' and give them on standard input",
  );
}

/** `90d`. */
export function days(text: string): string {
  if (/^[1-9]\d{0,3}d$/.test(text)) return text;
  throw new InvalidArgumentError("it is no number of days. Write it as 90d");
}

/** An address that can be asked. */
export function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return text;
  throw new InvalidArgumentError("it is no address. Write https://HOST/PATH");
}

/** A version of a stack's history. */
export function version(text: string): string {
  if (/^\d{1,9}$/.test(text)) return text;
  throw new InvalidArgumentError("it is no version's number. List them: pulumi stack history");
}

/** A revision's number or tag, as the config key takes it. */
export function revision(text: string): string {
  if (isRevision(text)) return text;
  throw new InvalidArgumentError("it is no revision's number or tag, nor latest-number");
}

/** Options that mean the same in every command that has them: `.option(...STACK_OPTION)`. */
export const STACK_OPTION = [
  "-s, --stack <name>",
  "the stack; default: the selected one, or the only one with a config file",
] as const;
export const ROOT_OPTION = [
  "--root <dir>",
  "folder of Pulumi.yaml (default: the nearest one upwards)",
] as const;
