import { type EnvironmentRef, parseReference } from "@worker-secrets/esc";
import { parseDocument } from "yaml";
import { DEFAULT_PROJECT } from "./find.ts";

/** An Environment as another one, or a stack, refers to it. */
export interface Reference {
  readonly project: string;
  readonly name: string;
  /** A revision's number or tag, as written; `latest` where none is. */
  readonly version: string;
}

export function reference(text: string): Reference {
  const { project = DEFAULT_PROJECT, name, version = "latest" }: EnvironmentRef = parseReference(text);
  return { project, name, version };
}

const STEP = String.raw`(?:\.([A-Za-z0-9_-]+)|\["([^"\\]+)"\])`;
/** `${environments.project.name…}`: an import at the place where it is needed. */
const IMPLICIT = new RegExp(String.raw`\$\{environments${STEP}${STEP}`, "g");

/** What a definition imports, each way of writing it once. */
export function references(text: string): readonly Reference[] {
  const { imports } = (parseDocument(text, { logLevel: "silent" }).toJS() ?? {}) as { imports?: unknown };
  const listed = (Array.isArray(imports) ? imports : []).flatMap((entry: unknown) => {
    if (typeof entry === "string") return [entry];
    return typeof entry === "object" && entry !== null ? Object.keys(entry) : [];
  });
  const implicit = [...text.matchAll(IMPLICIT)].map(
    ([, dotted = "", quoted = "", dottedName = "", quotedName = ""]) =>
      `${dotted || quoted}/${dottedName || quotedName}`,
  );
  return [...new Set([...listed, ...implicit])].map(reference);
}
