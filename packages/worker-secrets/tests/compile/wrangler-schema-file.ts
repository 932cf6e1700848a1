import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A node of the JSON schema that the wrangler package ships. */
interface SchemaNode {
  readonly $ref?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
}

const home = dirname(createRequire(import.meta.url).resolve("wrangler/package.json"));
const file = JSON.parse(readFileSync(join(home, "config-schema.json"), "utf8")) as {
  readonly definitions: Readonly<Record<string, SchemaNode>>;
};

/** Every key of a definition, as the table writes them: `queues.producers[].binding`, `alias.*`. */
export function schemaKeys(definition: "RawConfig" | "RawEnvironment"): Set<string> {
  const found = new Set<string>();
  walk(definitionOf(`#/definitions/${definition}`), "", [], found);
  return found;
}

function walk(node: SchemaNode, path: string, above: readonly string[], found: Set<string>): void {
  if (node.$ref !== undefined) {
    // JSON values hold JSON values.
    if (!above.includes(node.$ref)) walk(definitionOf(node.$ref), path, [...above, node.$ref], found);
    return;
  }
  for (const part of [...(node.anyOf ?? []), ...(node.allOf ?? []), ...(node.oneOf ?? [])])
    walk(part, path, above, found);
  for (const item of [node.items ?? []].flat() as SchemaNode[]) walk(item, `${path}[]`, above, found);
  if (typeof node.additionalProperties === "object")
    walk(node.additionalProperties, `${path}.*`, above, found);
  for (const [key, value] of Object.entries(node.properties ?? {})) {
    if (path === "" && key === "env") continue;
    const here = path === "" ? key : `${path}.${key}`;
    found.add(here);
    walk(value, here, above, found);
  }
}

function definitionOf(reference: string): SchemaNode {
  const name = decodeURIComponent(reference.replace("#/definitions/", ""));
  const node = file.definitions[name];
  if (node === undefined) throw new Error(`the schema has no ${reference}`);
  return node;
}
