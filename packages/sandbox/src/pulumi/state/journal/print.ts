import { createHash } from "node:crypto";
import { type RawObject, rawMembers, rawObject, type UntypedDeployment } from "../raw.ts";
import type { BaseState } from "./base.ts";
import { schemaOf } from "./features.ts";
import type { Resource } from "./resource.ts";

/** What the state says about its own making. `engine` is the CLI's version, such as `v3.259.0`. */
export interface Manifest {
  readonly time: Date;
  readonly engine: string;
}

/**
 * A state in the form of an export. The engine checks `magic`, the digest of its version, when it reads a state. Its
 * features are those of the resources as they were reported: the engine lists them before it drops references.
 */
export function printed(
  state: BaseState,
  reported: readonly Resource[],
  manifest: Manifest,
): UntypedDeployment {
  const version = manifest.engine || state.engine;
  const magic = version === "" ? "" : createHash("sha256").update(version).digest("hex");
  const pending = state.pendingOperations.map((operation) => rawMembers(operation.get("resource") ?? "{}"));
  const { version: schema, features } = schemaOf([...reported, ...pending], {
    byteStrings: state.byteStrings,
    snippets: state.rest.has("snippets"),
  });
  const { secrets_providers: provider, metadata = "{}", ...rest } = Object.fromEntries(state.rest);
  const list = (objects: readonly RawObject[]) => `[${objects.map(rawObject).join(",")}]`;
  const deployment = rawObject([
    ["manifest", JSON.stringify({ time: manifest.time.toISOString(), magic, version })],
    ...(provider === undefined ? [] : [["secrets_providers", provider] as const]),
    ...(state.resources.length === 0 ? [] : [["resources", list(state.resources)] as const]),
    ...(state.pendingOperations.length === 0
      ? []
      : [["pending_operations", list(state.pendingOperations)] as const]),
    ["metadata", metadata],
    ...Object.entries(rest),
    ...(state.extensions.size === 0 ? [] : [["extensions", rawObject(state.extensions)] as const]),
  ]);
  const text = rawObject([
    ["version", String(schema)],
    ...(features.length === 0 ? [] : [["features", JSON.stringify(features)] as const]),
    ["deployment", deployment],
  ]);
  return { text, resourceCount: state.resources.length };
}
