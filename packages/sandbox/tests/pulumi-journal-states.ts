import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Service } from "./pulumi-harness.ts";

type Json = Readonly<Record<string, unknown>>;

interface StateResource extends Json {
  readonly urn: string;
  readonly id?: string;
  readonly delete?: boolean;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

export interface State {
  readonly version: number;
  /** `null` before the first update. */
  readonly deployment: {
    readonly manifest: { readonly version: string; readonly magic: string };
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly resource: StateResource; readonly type: string }[];
  } & Json;
}

export async function exported(service: Service, stack: string): Promise<State> {
  const { status, text } = await service.call("GET", `/api/stacks/acme/shop/${stack}/export`);
  assert.equal(status, 200, text);
  return JSON.parse(text) as State;
}

/**
 * A state in the form in which two runs of one program can be compared. Taken out: times, the random ids of default
 * providers (and what refers to them), ciphertexts (a fresh nonce each), the manifest's time, the backend's address,
 * source positions, the order of dependencies, which the engine itself gives now so and now so, and empty members, which
 * the two ways print differently; resources are ordered by URN, since two
 * that do not depend on each other may come in either order. That the order suits the dependencies is checked apart.
 */
export function comparable({ version, deployment }: State): unknown {
  const clean = (value: unknown, key = ""): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => clean(item, key));
      return key === "dependencies" || key === "propertyDependencies" ? items.sort() : items;
    }
    if (typeof value === "string") {
      if (key === "ciphertext") return "CIPHERTEXT";
      if (key === "url") return "URL";
      return value.replace(RANDOM_ID, "RANDOM-ID");
    }
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value)
      .filter(([name]) => !IGNORED.has(name))
      .map(([name, item]) => [name, clean(item, key === "propertyDependencies" ? key : name)] as const)
      .filter(([, item]) => !isEmpty(item));
    return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const sorted = (list: readonly unknown[] = []) =>
    list
      .map((item) => clean(item))
      .map((item) => JSON.stringify(item))
      .sort();
  const { resources, pending_operations: pending, ...rest } = deployment;
  return {
    version,
    rest: clean(rest),
    resources: sorted(resources),
    pending: sorted(pending),
  };
}

/** Only default providers have such an id here. */
const RANDOM_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const IGNORED = new Set(["created", "modified", "time", "sourcePosition", "stackTrace"]);

function isEmpty(value: unknown): boolean {
  return isDeepStrictEqual(value, {}) || isDeepStrictEqual(value, []);
}

/** That whatever a resource refers to stands before it: the engine refuses to read a state that breaks this. */
export function assertInOrder({ deployment }: State): void {
  const before = new Set<string>();
  for (const resource of deployment.resources ?? []) {
    const { parent, provider, dependencies = [], propertyDependencies = {} } = resource;
    const wanted = [
      ...(parent === undefined ? [] : [parent]),
      ...(provider === undefined ? [] : [provider.slice(0, provider.lastIndexOf("::"))]),
      ...dependencies,
      ...Object.values(propertyDependencies).flat(),
    ];
    for (const urn of wanted) assert(before.has(urn), `${resource.urn} stands before ${urn}`);
    before.add(resource.urn);
  }
}
