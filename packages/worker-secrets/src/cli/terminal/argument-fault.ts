/** What is wrong with the arguments, without repeating them: somebody may have written a value there. */
export function argumentFault(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") return "there is a word too many";
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return String(message);
  const [, name] = /^Unknown option '(--[a-z][a-z-]{0,29})'/.exec(String(message)) ?? [];
  return name === undefined ? "a word that begins with '-' is no option" : `unknown option '${name}'`;
}
