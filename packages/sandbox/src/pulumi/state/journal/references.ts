import { rawElements, rawMembers, rawObject } from "../raw.ts";
import { propertyDependencies, type Resource, textOf, textsOf, withMembers } from "./resource.ts";

/**
 * After a refresh, which may drop resources that others depend on: takes away every reference to a resource that is
 * not further up in the list. Source: `rebuildDependencies` of the engine's own replayer.
 */
export function pruneReferences(resources: readonly Resource[]): Resource[] {
  const there = new Set<string>();
  const pruned = resources.map((resource) => {
    const kept = (name: string) => textsOf(resource, name).filter((urn) => there.has(urn));
    const properties = Object.entries(propertyDependencies(resource)).flatMap(([name, urns]) => {
      const left = (urns ?? []).filter((urn) => there.has(urn));
      return left.length === 0 ? [] : [[name, left] as const];
    });
    const deletedWith = textOf(resource, "deletedWith");
    const result = withMembers(resource, {
      dependencies: kept("dependencies"),
      replaceWith: kept("replaceWith"),
      propertyDependencies: Object.fromEntries(properties),
      deletedWith: there.has(deletedWith) ? deletedWith : "",
    });
    there.add(textOf(resource, "urn"));
    return result;
  });
  const parents = new Map<string, string>();
  return pruned.map((resource) => {
    const parent = textOf(resource, "parent");
    const result = there.has(parent)
      ? resource
      : withMembers(resource, { parent: parents.get(parent) ?? "" });
    parents.set(textOf(resource, "urn"), parent);
    return result;
  });
}

/**
 * Lets every reference name a resource by its present URN in place of an alias, and takes the aliases away: a state
 * never holds them. Source: `DeploymentV3.NormalizeURNReferences` of the SDK. Where two resources claim one alias,
 * which that function refuses, the first one has it: a state that was acknowledged must not be lost over it.
 */
export function resolveAliases(
  resources: readonly Resource[],
  renamed: ReadonlyMap<string, string>,
): Resource[] {
  if (renamed.size === 0 && resources.every((resource) => !resource.has("aliases"))) return [...resources];
  const now = (urn: string) => renamed.get(urn) ?? urn;
  return resources.map((resource) => {
    const properties = Object.entries(propertyDependencies(resource)).map(
      ([name, urns]) => [name, urns?.map(now) ?? null] as const,
    );
    return withMembers(resource, {
      urn: now(textOf(resource, "urn")),
      parent: now(textOf(resource, "parent")),
      provider: provider(textOf(resource, "provider"), now),
      dependencies: textsOf(resource, "dependencies").map(now),
      propertyDependencies: Object.fromEntries(properties),
      deletedWith: now(textOf(resource, "deletedWith")),
      viewOf: now(textOf(resource, "viewOf")),
      aliases: [],
    });
  });
}

/** The same for what snippets refer to: `snippets` of a state, as text. */
export function renameInSnippets(snippets: string, renamed: ReadonlyMap<string, string>): string {
  const texts = rawElements(snippets).map((text) => {
    const snippet = rawMembers(text);
    const references = snippet.get("references");
    if (references === undefined || references === "null") return text;
    const entries = Object.entries(JSON.parse(references) as Record<string, string>);
    const now = entries.map(([name, urn]) => [name, renamed.get(urn) ?? urn] as const);
    return rawObject(withMembers(snippet, { references: Object.fromEntries(now) }));
  });
  return `[${texts.join(",")}]`;
}

/** Old URN to new: by alias, and for the children of a renamed parent, whose URNs hold the parent's type. */
export function renames(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const resource of resources) {
    const urn = textOf(resource, "urn");
    for (const alias of textsOf(resource, "aliases")) if (!renamed.has(alias)) renamed.set(alias, urn);
    const parent = renamed.get(textOf(resource, "parent"));
    if (parent === undefined || parent === "") continue;
    const parentType = urnParts(parent).qualifiedType;
    if (parentType === "pulumi:pulumi:Stack") continue;
    const { stack, project, qualifiedType, name } = urnParts(urn);
    const type = qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1);
    renamed.set(urn, `urn:pulumi:${stack}::${project}::${parentType}$${type}::${name}`);
  }
  return renamed;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; a name may hold `::` too. */
function urnParts(urn: string) {
  const [stack = "", project = "", qualifiedType = "", ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { stack, project, qualifiedType, name: name.join("::") };
}

/** A resource names its provider as `URN::ID`. */
function provider(reference: string, now: (urn: string) => string): string {
  const at = reference.lastIndexOf("::");
  return at < 0 ? reference : `${now(reference.slice(0, at))}${reference.slice(at)}`;
}
