import type { PulumiClient } from "../api/pulumi.ts";
import type { Fault } from "../faults.ts";
import { sameDocument } from "./definition.ts";
import { hasDefinitionForm, MARK, markOf, namesHeld, standingOf } from "./mark.ts";
import { environmentNames } from "./names.ts";
import type { OwnedState } from "./ownership.ts";
import { renamedFault } from "./renamed.ts";
import type { Settings } from "./settings.ts";

/**
 * The program adopts the stack's Environment and replaces its text, so it has to be the stack's own. Four things prove
 * that, the cheap ones first: it is the declared text, the stack's mark, a text of the definition's form without a mark
 * (a stack of a version that set none), or the state, which knows it since an earlier `up`.
 */
export async function foreignDefinition(
  pulumi: Pick<PulumiClient, "environmentTag">,
  {
    definition,
    stackOrganization,
    organization,
    project,
    stack,
    names,
  }: Pick<Settings, "definition" | "stackOrganization" | "organization" | "project" | "stack" | "names">,
  stored: string | undefined,
  state: () => Promise<OwnedState>,
): Promise<Fault[]> {
  if (stored === undefined) {
    // The config has a definition's digest all the same, so it was imported from an Environment of another name.
    const before = (await state())
      .environments()
      .map((id) => id.split("/").slice(1).join("/"))
      .find((name) => name !== names.definition);
    if (before === undefined) return [];
    const [of, name = ""] = before.split("/");
    if (of === project && names.definition === environmentNames(project, stack).definition)
      return [renamedFault({ project, stack, names, before: name, scripts: [] })];
    return [
      {
        where: `Environment ${names.definition}`,
        what: `it is not there, and the stack's config still imports ${before}, which the last update declared`,
        fix: `Make it, with the import: npx worker-secrets init ${stack}`,
      },
    ];
  }
  if (sameDocument(stored, definition.yaml)) return [];
  const owner = { organization: stackOrganization, project, stack };
  const mark = await pulumi.environmentTag(definition.name, MARK);
  const standing = standingOf({ mark, yaml: stored }, owner, (yaml) => hasDefinitionForm(yaml, names));
  if (standing.kind !== "foreign") return [];
  if (mark === undefined && (await state()).declares(`${organization}/${definition.name}`)) return [];
  const whose =
    mark === undefined
      ? `it does not carry the mark of the stack ${markOf(owner)} (the Environment tag ${MARK})`
      : `it belongs to the stack ${mark} (its tag ${MARK})`;
  return [
    {
      where: `Environment ${definition.name}`,
      what: `${whose}, and this update would replace its text. It holds ${namesHeld(stored)}`,
      fix: `See who uses it and the ways on: npx worker-secrets init ${stack} --dry-run`,
    },
  ];
}
