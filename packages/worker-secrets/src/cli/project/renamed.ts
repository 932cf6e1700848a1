import { existsSync } from "node:fs";
import type { PulumiClient } from "../../api/pulumi.ts";
import { refuseIfAny } from "../../faults.ts";
import { NAMESPACE } from "../../program/config-keys.ts";
import { scriptsOf } from "../../program/definition.ts";
import { hasDefinitionForm, MARK, markOf } from "../../program/mark.ts";
import { type EnvironmentNames, environmentNames } from "../../program/names.ts";
import { renamedFault } from "../../program/renamed.ts";
import { openStackFile, type StackFile } from "./stack-file.ts";

/** What of a command's context says where a stack is. */
export interface StackPlace {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly names: EnvironmentNames;
  readonly stackFile: string;
  readonly client: PulumiClient;
}

/**
 * The stack of this project whose definition a stack's file imports although it is gone: the name before a
 * `pulumi stack rename`, which moves the file and leaves its text. `undefined` for a file that imports its own.
 */
export async function nameBefore(
  { project, stack, names, client, organization }: StackPlace,
  file: StackFile,
): Promise<{ readonly before: string; readonly yaml: string } | undefined> {
  const imports = file.imports();
  if (imports.includes(names.definition)) return undefined;
  for (const name of imports) {
    const [of, before = ""] = name.split("/");
    if (of !== project || before === stack) continue;
    const environments = client.forOrganization(file.config(NAMESPACE, "organization") ?? organization);
    const stored = await environments.environment(name);
    if (stored === undefined) continue;
    const owner = { organization, project, stack: before };
    const isDefinition =
      hasDefinitionForm(stored.yaml, environmentNames(project, before)) ||
      (await environments.environmentTag(name, MARK)) === markOf(owner);
    // Two stacks may share one on purpose.
    if (isDefinition && !(await client.stackExists(project, before))) return { before, yaml: stored.yaml };
  }
  return undefined;
}

/**
 * Refuses a stack that was renamed while its Environments have the old name. Once those of values are there under the new
 * one, `init` does the rest.
 */
export async function refuseRenamed(context: StackPlace): Promise<void> {
  if (!existsSync(context.stackFile)) return;
  const { project, stack, names, client, organization } = context;
  const file = openStackFile(context.stackFile);
  const found = await nameBefore(context, file);
  if (found === undefined) return;
  const environments = client.forOrganization(file.config(NAMESPACE, "organization") ?? organization);
  if ((await environments.environment(names.secrets)) !== undefined) return;
  refuseIfAny([
    renamedFault({ project, stack, names, before: found.before, scripts: scriptsOf(found.yaml, project) }),
  ]);
}
