import { YAMLParseError } from "yaml";
import type { Fault } from "../../faults.ts";

/** What is wrong with a `Pulumi.yaml`: the place in it where it is no YAML, else only that it is not what it should be. */
export function projectFault(file: string, error: unknown): Fault {
  if (error instanceof YAMLParseError) {
    const [at] = error.linePos ?? [];
    const [message = ""] = error.message.split("\n");
    return {
      where: at === undefined ? file : `${file}:${at.line}:${at.col}`,
      what: `the project's file is not valid YAML: ${message.replace(/ at line \d+, column \d+:?$/, "")}`,
      fix: "Mend the file.",
    };
  }
  return {
    where: file,
    what: "the project's file can't be read, or has no 'name'",
    fix: "Run the command in the project's folder, or mend the file.",
  };
}
