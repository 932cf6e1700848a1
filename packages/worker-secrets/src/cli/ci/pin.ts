import { join } from "node:path";
import { NAMESPACE } from "../../program/config-keys.ts";
import { projectRoot } from "../project/root.ts";
import { openStackFile } from "../project/stack-file.ts";
import { ExitCode } from "../terminal/command.ts";
import { print } from "../terminal/output.ts";
import { runScript, UsageError } from "./run.ts";

/**
 * `node packages/worker-secrets/src/cli/ci/pin.ts STACK`: what `ws promote --pin` is to take. The revision that `Pulumi.STACK.yaml` names in git, since
 * that one was reviewed; where it names none, `latest-number`.
 */
export function pinOf(root: string, stack: string): string {
  const file = openStackFile(join(root, `Pulumi.${stack}.yaml`));
  return file.config(NAMESPACE, "secretsRevision") ?? "latest-number";
}

void runScript(import.meta.url, async ([stack, ...rest]) => {
  if (stack === undefined || rest.length > 0 || !/^\w[\w.-]*$/.test(stack))
    throw new UsageError("Usage: node packages/worker-secrets/src/cli/ci/pin.ts STACK");
  print(pinOf(projectRoot(process.env.PROJECT_ROOT), stack));
  return ExitCode.ok;
});
