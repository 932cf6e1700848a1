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

type Definitions = Readonly<Record<string, SchemaNode>>;

/**
 * Every key of a definition in wrangler's schema, as the table writes them: `queues.producers[].binding`, `alias.*`.
 *
 * @param script - a file of the wrangler package
 */
export function schemaKeys(script: string, definition: "RawConfig" | "RawEnvironment"): Set<string> {
  const home = dirname(createRequire(script).resolve("wrangler/package.json"));
  const { definitions } = JSON.parse(readFileSync(join(home, "config-schema.json"), "utf8")) as {
    readonly definitions: Definitions;
  };
  const found = new Set<string>();
  walk(nodeOf(definitions, definition), "", []);
  return found;

  function walk(node: SchemaNode, path: string, above: readonly string[]): void {
    if (node.$ref !== undefined) {
      // JSON values hold JSON values.
      const name = decodeURIComponent(node.$ref.replace("#/definitions/", ""));
      if (!above.includes(name)) walk(nodeOf(definitions, name), path, [...above, name]);
      return;
    }
    for (const part of [...(node.anyOf ?? []), ...(node.allOf ?? []), ...(node.oneOf ?? [])])
      walk(part, path, above);
    for (const item of [node.items ?? []].flat() as SchemaNode[]) walk(item, `${path}[]`, above);
    if (typeof node.additionalProperties === "object") walk(node.additionalProperties, `${path}.*`, above);
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      if (path === "" && key === "env") continue;
      const here = path === "" ? key : `${path}.${key}`;
      found.add(here);
      walk(value, here, above);
    }
  }
}

function nodeOf(definitions: Definitions, name: string): SchemaNode {
  const node = definitions[name];
  if (node === undefined) throw new Error(`wrangler's schema has no ${name}`);
  return node;
}
