import { join } from "node:path";
import { CONFIG_KEYS, NAMESPACE } from "../../../program/config-keys.ts";
import { defineEnvironment } from "../../../program/definition.ts";
import { namesIn, readProject } from "../../project/context.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { reportError } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";

/** `npx worker-secrets definition STACK`: prints what the stack will declare, to create its Environment with. */
const root = process.cwd();
const [stack, ...rest] = process.argv.slice(2);
if (stack === undefined || !/^\w[\w.-]*$/.test(stack) || rest.length > 0) {
  const what =
    stack === undefined
      ? "no stack is named"
      : rest.length > 0
        ? "one stack at a time"
        : "what is given is no stack's name";
  note(
    `${stack === "--help" ? "" : `${what}\n\n`}Usage: npx worker-secrets definition STACK\n\nPrints the definition of the stack's ESC Environment. Nothing secret is in it.`,
  );
  process.exit(stack === "--help" ? 0 : 2);
}

try {
  const { name: project } = readProject(root);
  const file = openStackFile(join(root, `Pulumi.${stack}.yaml`));
  const names = namesIn(file, project, stack);
  const secretsRevision = file.config(NAMESPACE, CONFIG_KEYS.secretsRevision);
  print(defineEnvironment({ names, secretsRevision }).yaml.trimEnd());
} catch (error) {
  process.exitCode = reportError(error, false);
}
