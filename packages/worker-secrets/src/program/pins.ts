import { isMap, isScalar, isSeq, type Node, parseDocument, type Scalar, visit } from "yaml";
import { NAMESPACE } from "./config-keys.ts";
import type { EnvironmentNames } from "./names.ts";

/** Why a pinned revision does not hold its values still. Names only. */
export interface LoosePart {
  /** The revision in whose text it stands, `<project>/<name>@<revision>`. */
  readonly revision: string;
  /** What of it can change, as the end of a sentence that begins with the revision. */
  readonly what: string;
  /** `unread`: nobody could look, so nothing is known. */
  readonly kind: "moves" | "unread";
}

/** Pure: the pinned imports of an Environment's text, by their full names, and what in it is not fixed by its revision. */
export function movingParts(yaml: string): { readonly imports: string[]; readonly moving: string[] } {
  const document = parseDocument(yaml);
  const names = importsOf(document.get("imports"));
  const isPinned = (name: string) => versionOf(name) !== undefined && versionOf(name) !== "latest";
  const moving = names
    .filter((name) => !isPinned(name))
    .map((name) => `imports ${name} ${name.includes("@") ? "" : "without a revision"}`.trimEnd());
  visit(document.get("values", true) as Node, {
    Pair(_, { key }, path) {
      const name = isScalar(key) ? String(key.value) : "";
      if (/^fn::(open|rotate)(::|$)/.test(name)) moving.push(`takes ${placeIn(path)} from ${name}`);
    },
    Scalar(key, { value }, path) {
      // What `context` names depends on who opens the Environment, and by which one.
      if (key !== "key" && typeof value === "string" && /(^|[^$])(\$\$)*\$\{\s*context[.[\]}]/.test(value))
        moving.push(`takes ${placeIn(path)} from the context of whoever opens it`);
    },
  });
  return { imports: names.filter(isPinned).map(fullName), moving: [...new Set(moving)] };
}

/** Names with their versions, of both forms: `- name` and `- name: {merge: …}`. */
export function importsOf(imports: unknown): string[] {
  if (!isSeq(imports)) return [];
  return imports.items.flatMap((item) => {
    const name = isMap(item) ? item.items[0]?.key : item;
    return isScalar(name) ? [String(name.value)] : [];
  });
}

export function versionOf(name: string): string | undefined {
  return name.split("@")[1];
}

/** A name without a project is of the project `default`. */
function fullName(name: string): string {
  return name.includes("/") ? name : `default/${name}`;
}

/** The place of a value, from `values` on; the function that gives it is not a part of it. */
function placeIn(path: readonly unknown[]): string {
  const keys = path.flatMap((one) => {
    const key = Object(one).key as Scalar | undefined;
    return isScalar(key) && !String(key.value).startsWith("fn::") ? [String(key.value)] : [];
  });
  return keys.join(".") || "its values";
}

/** What to do about all of them. */
export function pinAdvice({ names: { secrets } }: { readonly names: EnvironmentNames }): string {
  return `To hold it: give each import a revision there (pulumi env edit ${secrets}: NAME@REVISION) and store a dynamic value as a text, then pin the new revision: ${NAMESPACE}:secretsRevision.`;
}

export function describeParts(parts: readonly LoosePart[]): string {
  return parts.map(({ revision, what }) => `${revision} ${what}`).join("; ");
}
