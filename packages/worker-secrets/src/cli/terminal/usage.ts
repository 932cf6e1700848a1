import { Command, type ErrorOptions } from "commander";

/**
 * commander's command, with errors that never show what was given: whoever writes a value on the command line by mistake
 * would see it again in a log. Only what has the form of a command's or an option's name is shown.
 */
export class QuietCommand extends Command {
  override createCommand(name?: string): QuietCommand {
    return new QuietCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(this.#withoutText(message, options?.code), options);
  }

  #withoutText(message: string, code: string | undefined): string {
    switch (code) {
      case "commander.unknownCommand":
      case "commander.unknownOption":
        return withoutName(message);
      case "commander.excessArguments":
        return `${message.slice(0, message.indexOf(":", "error:".length))}. Values are never read from the command line.`;
      case "commander.invalidArgument": {
        const [, option = "a value"] = /^error: (option '[^']*') argument '/.exec(message) ?? [];
        return `error: ${option}: ${message.slice(message.lastIndexOf(INVALID) + INVALID.length)}`;
      }
      default:
        return message;
    }
  }
}

const INVALID = "' is invalid. ";

/** An option's name up to its `=`, or a command's, stays. */
function withoutName(message: string): string {
  const [, kind, text = "", suggestion = ""] =
    /^error: unknown (command|option) '(.*)'(\n\(Did you mean .*\))?$/s.exec(message) ?? [];
  const [name = ""] = text.split("=");
  if (kind === "command")
    return /^[a-z][a-z-]{0,19}$/.test(text) ? message : "error: the first word is no command";
  return /^(-[A-Za-z]|--[a-z][a-z-]{0,29})$/.test(name)
    ? `error: unknown option '${name}'${suggestion}`
    : "error: a word that begins with '-' is no option";
}

/** Refuses NAME=VALUE where a name should stand, before anything is looked for by it. */
export function refuseValues(command: Command): void {
  const refuse = (where: string, given: unknown) => {
    const all: unknown[] = Array.isArray(given) ? given : [given];
    const wrong = all.find((one) => typeof one === "string" && one.includes("="));
    if (typeof wrong !== "string") return;
    command.error(
      `error: ${where}: ${shownAs(wrong)} is no name; values are never read from the command line`,
    );
  };
  // Those of `dev` are wrangler's.
  for (const [index, argument] of command.registeredArguments.entries())
    if (!argument.variadic) refuse(`argument '${argument.name()}'`, command.processedArgs[index]);
  for (const option of command.options)
    if (!MAY_HOLD_EQUALS.test(option.flags))
      refuse(`option '${option.flags}'`, command.getOptionValue(option.attributeName()));
}

/** Paths and addresses. */
const MAY_HOLD_EQUALS = /<dir>|FILE>|<url>/;

/** What stands before the `=`, where it has the form of a variable's name and not of base64's or base32's padding. */
function shownAs(text: string): string {
  const [, name] = /^([A-Z_][A-Z0-9_]{0,39})=+[^=]/s.exec(text) ?? [];
  return name === undefined ? "what holds a '='" : `'${name}=…'`;
}
