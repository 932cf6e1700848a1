/** The longest ending that a stack adds to its script's name, for stacks with names as long as these. */
const LONGEST_ENDING = "-production";
const LONGEST_SCRIPT = 63;
const LONGEST = LONGEST_SCRIPT - LONGEST_ENDING.length;

/**
 * What is wrong with a project's name, or `undefined`. Pulumi takes letters, digits, `-`, `_` and `.`; the Worker's script in the account
 * is called after the project and the stack, and its name has to make a DNS label.
 */
export function projectNameFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) return "it may hold letters, digits, '-', '_' and '.' only";
  if (name.length > LONGEST)
    return `it has ${name.length} characters; ${LONGEST} leave room for the stack's name in that of the Worker`;
  if (!/^[A-Za-z0-9]/.test(name) || !/[A-Za-z0-9]$/.test(name))
    return "it has to begin and end with a letter or digit";
  return undefined;
}

/** The Worker's name for a project's name without a fault: lower-case letters, digits and inner dashes. */
export function workerName(project: string): string {
  return project.toLowerCase().replace(/[_.]/g, "-");
}
