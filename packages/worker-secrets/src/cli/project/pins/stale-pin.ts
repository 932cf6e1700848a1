import type { PulumiClient } from "../../../api/pulumi.ts";
import type { Fault } from "../../../faults.ts";
import { CONFIG_KEYS, NAMESPACE } from "../../../program/config-keys.ts";
import { whereKey } from "../config-keys.ts";
import type { Context } from "../context.ts";
import { openStackFile, type StackFile } from "../stack-file.ts";

const PIN = CONFIG_KEYS.secretsRevision;

/**
 * A pin without an Environment is left over (`ws teardown` keeps the file): the new one counts its revisions from one again,
 * so that the pin would name none of them, or one that has nothing to do with it. Changes the file in memory, gives notes.
 */
export async function takeOutPin(
  file: StackFile,
  { project, names }: Pick<Context, "project" | "names">,
  client: PulumiClient,
): Promise<string[]> {
  const pin = file.config(NAMESPACE, PIN);
  if (pin === undefined || (await client.environment(names.secrets)) !== undefined) return [];
  const where = whereKey(file, project, PIN);
  file.removeConfig(NAMESPACE, PIN);
  return [
    `${where}: the pin to '${pin}' is taken out: ${names.secrets} is not there, and a new one has other revisions`,
  ];
}

/** Whether the file on disk still has the pin that was taken out in memory. */
export function stillPinned(file: StackFile): boolean {
  return (
    file.config(NAMESPACE, PIN) === undefined && openStackFile(file.path).config(NAMESPACE, PIN) !== undefined
  );
}

/** Nobody can open what names a revision that is not there, and the service's own words name no file. */
export async function pinFault(
  file: StackFile,
  { project, stack, names }: Pick<Context, "project" | "stack" | "names">,
  client: PulumiClient,
  pin: string | undefined,
): Promise<Fault[]> {
  if (pin === undefined || (await client.environment(`${names.secrets}/versions/${pin}`)) !== undefined)
    return [];
  return [
    {
      where: whereKey(file, project, PIN),
      what: `${names.secrets} has no revision or tag '${pin}'`,
      fix: `Take the line out to follow the latest (pulumi config rm ${NAMESPACE}:${PIN} --stack ${stack}), or pin one of: pulumi env version history ${names.secrets}`,
    },
  ];
}
