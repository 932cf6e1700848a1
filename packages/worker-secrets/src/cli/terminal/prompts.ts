/** Whether somebody can be asked: both ends are a terminal, and what is printed is for people. */
export function canAsk(json: boolean): boolean {
  return !json && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Where prompts read and write. Default: this process's terminal. */
export interface Terminal {
  readonly input?: NodeJS.ReadableStream;
  readonly output?: NodeJS.WritableStream;
  readonly signal?: AbortSignal;
}

/** The person ended a prompt by Ctrl-C; the prompt reads that key itself, so no signal arrives. */
export class Interrupted extends Error {}

/** Asks for a value without showing it. One line: a text of several lines comes in by a file or standard input. */
export async function askHidden(
  message: string,
  terminal: Terminal = {},
  validate: (value: string) => true | string = () => true,
): Promise<string> {
  const { password } = await import("@inquirer/prompts");
  return interruptible(password({ message, mask: false, validate }, terminal));
}

/** Asks for a value that is no secret. */
export async function askText(
  message: string,
  terminal: Terminal = {},
  validate: (value: string) => true | string = () => true,
): Promise<string> {
  const { input } = await import("@inquirer/prompts");
  return interruptible(input({ message, validate }, terminal));
}

async function interruptible<T>(prompt: Promise<T>): Promise<T> {
  try {
    return await prompt;
  } catch (error) {
    if (error instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(error.name))
      throw new Interrupted("interrupted");
    throw error;
  }
}
