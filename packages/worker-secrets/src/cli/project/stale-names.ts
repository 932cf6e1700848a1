import { parse } from "yaml";
import type { PulumiClient } from "../../api/pulumi.ts";
import { CONFIG_KEYS, isKnownKey, NAMESPACE } from "../../program/config-keys.ts";
import { MARK, markOf } from "../../program/mark.ts";
import { environmentNames } from "../../program/names.ts";
import type { Context } from "./context.ts";
import { takeOutPin } from "./pins/stale-pin.ts";
import { nameBefore } from "./renamed.ts";
import type { StackFile } from "./stack-file.ts";

const PIN = CONFIG_KEYS.secretsRevision;

/**
 * A project that was made from another one (`pulumi new`, a copy) still has the old name in its stack files. An import
 * `OLD/<stack>` is a left-over when there is no such Environment, or when it is the definition of another project's
 * stack; any other import was put there on purpose. A pin of values that are gone goes too. Gives the notes to print; the file is changed in memory.
 */
export async function takeOverNames(
  file: StackFile,
  context: Context,
  client: PulumiClient,
): Promise<string[]> {
  const { project, stack, names } = context;
  const notes: string[] = [];
  const stale: string[] = [];
  const renamed = await nameBefore(context, file);
  if (renamed !== undefined) {
    const old = environmentNames(project, renamed.before).definition;
    file.ensureImport(names.definition, [old]);
    notes.push(`${file.shownAs}: the import of ${old} becomes ${names.definition}: the stack was renamed`);
  }
  for (const name of file.imports()) {
    if (name === names.definition) continue;
    const [other = "", last] = name.split("/");
    if (await isOwnDefinition(client, name, context)) {
      file.ensureImport(names.definition, [name]);
      notes.push(
        `${file.shownAs}: the import of ${name} becomes ${names.definition}, as 'environments' says`,
      );
      continue;
    }
    if (last !== stack || other === project) continue;
    const stored = await client.environment(name);
    if (stored === undefined || isDefinitionOf(stored.yaml, other)) stale.push(name);
  }
  for (const name of stale) {
    const other = name.split("/")[0] ?? "";
    notes.push(
      `${file.shownAs}: the import of ${name} becomes ${names.definition}: the project is called ${project}`,
    );
    // A pin names a revision of the other project's values.
    for (const namespace of new Set([NAMESPACE, other])) {
      if (file.config(namespace, PIN) === undefined) continue;
      notes.push(
        `${file.shownAs}: ${namespace}:${PIN} is taken out: it names a revision of ${name}'s values`,
      );
      file.removeConfig(namespace, PIN);
    }
    if (other === NAMESPACE || !file.namespaces().includes(other)) continue;
    // Before version 0.2, known keys had the project's name as their namespace too; goes at 1.0.
    file.renameNamespace(other, (key) => (isKnownKey(key) ? NAMESPACE : project));
    notes.push(`${file.shownAs}: the config of '${other}' is now that of '${project}'`);
  }
  file.ensureImport(names.definition, stale);
  return [...notes, ...(await takeOutPin(file, { project, names }, client))];
}

/** What this stack had declared before its config gave the Environment another name. */
async function isOwnDefinition(client: PulumiClient, name: string, context: Context): Promise<boolean> {
  const stored = await client.environment(name);
  if (stored === undefined || !isDefinitionOf(stored.yaml, context.project)) return false;
  return (await client.environmentTag(name, MARK)) === markOf(context);
}

function isDefinitionOf(yaml: string, project: string): boolean {
  try {
    const document = parse(yaml) as { values?: { pulumiConfig?: Record<string, unknown> } } | null;
    const config = document?.values?.pulumiConfig;
    // The second key is that of a definition from before version 0.2; goes at 1.0.
    return [NAMESPACE, project].some((namespace) => config?.[`${namespace}:digest`] !== undefined);
  } catch {
    return false;
  }
}
