/**
 * The keys that the Terraform bridge adds to the outputs of a resource: pkg/pf/tfbridge/resource_state.go of
 * pulumi-terraform-bridge. The real plugin reads outputs without `__meta` as schema version 0 and upgrades them from version 4 of
 * Terraform's provider, which fails on properties that version did not have.
 */
import type { Properties } from "./properties.ts";
import type { Resource } from "./resource.ts";

const META = "__meta";
/** Restores Terraform's raw state from the outputs. The real plugin does without it, and a changed output makes it wrong. */
const RAW_STATE_DELTA = "__pulumi_raw_state_delta";

/**
 * Adds `__meta`, `{"schema_version":"500"}`, to every state that the resource returns, and removes the bridge's keys from every
 * state that it receives. Refuses a state of a newer schema, as the real plugin does. Accepts a state of an older one, or
 * without a version: earlier stand-ins wrote the same properties without it.
 */
export function withSchemaVersion(type: string, version: number, resource: Resource): Resource {
  const known = (state: Properties): Properties => {
    const written = versionOf(state);
    if (written > version) {
      throw new Error(
        `The current state of ${type} was created by a newer provider version  and cannot be downgraded from resource ` +
          `schema version ${written} to ${version}. Please upgrade the provider`,
      );
    }
    const { [META]: _, [RAW_STATE_DELTA]: __, ...properties } = state;
    return properties;
  };
  const stored = <S extends { readonly state: Properties }>(made: S): S => ({
    ...made,
    state: { ...made.state, [META]: JSON.stringify({ schema_version: String(version) }) },
  });
  return {
    check: (request) => resource.check(request),
    diff: (request) => resource.diff({ ...request, state: known(request.state) }),
    async create(request) {
      const made = await resource.create(request);
      return request.preview ? made : stored(made);
    },
    async read(request) {
      const read = await resource.read({ ...request, state: known(request.state) });
      return read && stored(read);
    },
    async update(request) {
      const made = await resource.update({ ...request, state: known(request.state) });
      return request.preview ? made : stored(made);
    },
    delete: (request) => resource.delete({ ...request, state: known(request.state) }),
  };
}

function versionOf(state: Properties): number {
  const meta = state[META];
  if (typeof meta !== "string") return 0;
  const parsed: unknown = JSON.parse(meta);
  const version = Number(Object(parsed).schema_version ?? 0);
  if (!Number.isInteger(version)) {
    throw new Error(
      `expected props["${META}"]["schema_version"] to be an integer, got ${JSON.stringify(meta)}`,
    );
  }
  return version;
}
