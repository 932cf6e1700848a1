import { type RawObject, rawElements, rawMembers } from "../raw.ts";
import { BYTE_STRINGS } from "./features.ts";
import { type Resource, rawResource } from "./resource.ts";

/** A state taken apart, as far as a replay changes it. Everything in it is raw text. */
export interface BaseState {
  readonly resources: readonly Resource[];
  /** `{resource, type}` each. */
  readonly pendingOperations: readonly RawObject[];
  /** What is kept as it is: `secrets_providers`, `metadata`, `snippets`. */
  readonly rest: RawObject;
  /** Extension references to their blobs. */
  readonly extensions: RawObject;
  /** Whether some text in it, perhaps inside a secret, is not UTF-8. */
  readonly byteStrings: boolean;
  /** The engine that wrote it, such as `v3.259.0`; empty for the empty state. */
  readonly engine: string;
}

/** Takes apart an untyped deployment, as `GET …/export` gives it. */
export function baseState(untyped: string): BaseState {
  const outer = rawMembers(untyped);
  const deployment = outer.get("deployment");
  const features = JSON.parse(outer.get("features") ?? "null") as string[] | null;
  return stateOf(
    deployment === undefined || deployment === "null" ? new Map() : rawMembers(deployment),
    features?.includes(BYTE_STRINGS) === true,
  );
}

/** The same for the deployment alone, as a `write` entry holds it. */
export function stateOf(deployment: RawObject, byteStrings: boolean): BaseState {
  const rest = new Map(deployment);
  for (const name of ["resources", "pending_operations", "extensions", "manifest"]) rest.delete(name);
  const manifest = rawMembers(deployment.get("manifest") ?? "{}");
  return {
    resources: rawElements(deployment.get("resources")).map(rawResource),
    pendingOperations: rawElements(deployment.get("pending_operations")).map(rawMembers),
    rest,
    extensions: rawMembers(deployment.get("extensions") ?? "{}"),
    byteStrings,
    engine: JSON.parse(manifest.get("version") ?? '""') as string,
  };
}
