import { CONFIG_KEYS, misspeltKeys } from "../../program/config-keys.ts";
import type { Fault } from "../../program/faults.ts";
import type { StackConfig } from "../../program/stack-config.ts";
import type { StackFile } from "./stack-file.ts";

/** A key of the project's namespace in a stack's file. */
interface ProjectKey {
  readonly name: string;
  /** The engine also takes `name` alone and `<project>:config:<name>` for `<project>:<name>`. */
  readonly written: string;
  readonly line: number | undefined;
}

export function projectKeys(file: StackFile, project: string): ProjectKey[] {
  return file.configKeys().flatMap(({ key: written, line }) => {
    const [, namespace, name] = /^(?:(.*?):(?:config:)?)?([^:]*)$/.exec(written) ?? [];
    return name !== undefined && (namespace ?? project) === project ? [{ name, written, line }] : [];
  });
}

/** Where a key of the project stands, with its line where it is known. */
export function whereKey(file: StackFile, project: string, name: string): string {
  const found = projectKeys(file, project).find((one) => one.name === name);
  const line = found?.line === undefined ? "" : `:${found.line}`;
  return `${file.shownAs}${line}, ${found?.written ?? `${project}:${name}`}`;
}

/**
 * What is wrong with the names of a stack file's keys: those that are nearly one of the project's, and those of the project
 * in a form that the engine understands and `ws` does not read. Only one form is read, so that a file says a thing in one way.
 */
export function keyFaults(file: StackFile, config: Pick<StackConfig, "project" | "stack" | "keys">): Fault[] {
  const { project } = config;
  const otherForm = projectKeys(file, project).filter(
    ({ name, written }) => written !== `${project}:${name}` && Object.hasOwn(CONFIG_KEYS, name),
  );
  return [
    ...misspeltKeys(config, (name) => whereKey(file, project, name)),
    ...otherForm.map(({ name }) => ({
      where: whereKey(file, project, name),
      what: "pulumi takes the key in this form, and ws does not read it",
      fix: `Write ${project}:${name}.`,
    })),
  ];
}
