import type { Fault } from "../../faults.ts";
import {
  CONFIG_KEYS,
  formerKeyFault,
  isKnownKey,
  misspeltKeys,
  NAMESPACE,
} from "../../program/config-keys.ts";
import type { StackFile } from "./stack-file.ts";

/** A key of one namespace in a stack's file. */
interface WrittenKey {
  readonly name: string;
  /** The engine also takes `<namespace>:config:<name>`, and `<name>` alone in the project's namespace. */
  readonly written: string;
  readonly line: number | undefined;
}

/** The keys in the file that are ours, in whatever form. `project`: the namespace of a key that is written without one. */
export function ownKeys(file: StackFile, project: string): WrittenKey[] {
  return keysOf(file, NAMESPACE, project);
}

function keysOf(file: StackFile, of: string, project: string): WrittenKey[] {
  return file.configKeys().flatMap(({ key: written, line }) => {
    const [, namespace, name] = /^(?:(.*?):(?:config:)?)?([^:]*)$/.exec(written) ?? [];
    return name !== undefined && (namespace ?? project) === of ? [{ name, written, line }] : [];
  });
}

/** Where a key stands, with its line where it is known. */
export function whereKey(file: StackFile, project: string, name: string): string {
  const found = ownKeys(file, project).find((one) => one.name === name);
  return whereWritten(file, found ?? { written: `${NAMESPACE}:${name}`, line: undefined });
}

function whereWritten({ shownAs }: StackFile, { written, line }: Omit<WrittenKey, "name">): string {
  return `${shownAs}${line === undefined ? "" : `:${line}`}, ${written}`;
}

/** The faults for known keys in the project's own namespace, in a stack's file or in `Pulumi.yaml`. */
export function formerKeyFaults(file: StackFile, project: string): Fault[] {
  if (project === NAMESPACE) return [];
  const present = ownKeys(file, project).map(({ name }) => name);
  return keysOf(file, project, project)
    .filter(({ name }) => isKnownKey(name))
    .map((key) => formerKeyFault(key.name, present, whereWritten(file, key)));
}

/**
 * What is wrong with the names of a stack file's keys: those that are nearly a known one, and those in a form that the engine
 * understands and `ws` does not read. Only one form is read, so that a file says a thing in one way.
 */
export function keyFaults(
  file: StackFile,
  config: { readonly project: string; readonly stack: string; readonly keys: readonly string[] },
): Fault[] {
  const { project } = config;
  const otherForm = ownKeys(file, project).filter(
    ({ name, written }) => written !== `${NAMESPACE}:${name}` && Object.hasOwn(CONFIG_KEYS, name),
  );
  return [
    ...misspeltKeys(config, (name) => whereKey(file, project, name)),
    ...otherForm.map((key) => ({
      where: whereWritten(file, key),
      what: "pulumi takes the key in this form, and ws does not read it",
      fix: `Write ${NAMESPACE}:${key.name}.`,
    })),
  ];
}
