import { type RawObject, rawMembers } from "../raw.ts";

/** A resource of a state, its members raw. Source of the names: `apitype.ResourceV3`. */
export type Resource = RawObject;

export const rawResource = (text: string): Resource => rawMembers(text);

/** A member that is a text; absent reads as empty, as Go's zero value. */
export function textOf(resource: Resource, name: string): string {
  const raw = resource.get(name);
  return raw === undefined || raw === "null" ? "" : (JSON.parse(raw) as string);
}

export function textsOf(resource: Resource, name: string): readonly string[] {
  const raw = resource.get(name);
  return raw === undefined || raw === "null" ? [] : (JSON.parse(raw) as string[]);
}

/** Property names to the resources that each depends on. */
export function propertyDependencies(resource: Resource): Readonly<Record<string, readonly string[] | null>> {
  const raw = resource.get("propertyDependencies");
  return raw === undefined || raw === "null" ? {} : (JSON.parse(raw) as Record<string, string[] | null>);
}

/** A copy with some members changed; an empty value takes the member away, as Go's `omitempty` does. */
export function withMembers(resource: Resource, changes: Readonly<Record<string, unknown>>): Resource {
  const copy = new Map(resource);
  for (const [name, value] of Object.entries(changes)) {
    if (isEmpty(value)) copy.delete(name);
    else copy.set(name, JSON.stringify(value));
  }
  return copy;
}

function isEmpty(value: unknown): boolean {
  if (value === "" || value === false || value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
