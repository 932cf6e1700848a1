import { existsSync, readFileSync } from "node:fs";

/** The parts of an OpenAPI 3.0 document that the checks read. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface OpenApiOperation {
  readonly operationId?: string;
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export interface OpenApiResponse {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The variable that names the file with Pulumi Cloud's own OpenAPI document. */
export const VARIABLE = "PULUMI_CLOUD_OPENAPI";

let loaded: OpenApi | null | undefined;

/** The contract, read once; `undefined` when the variable is not set. A set one that leads nowhere is an error. */
export function openApi(): OpenApi | undefined {
  loaded ??= read(process.env[VARIABLE]);
  return loaded ?? undefined;
}

function read(file: string | undefined): OpenApi | null {
  if (file === undefined || file === "") return null;
  if (!existsSync(file))
    throw new Error(`${VARIABLE} names ${file}, which is not there. Correct or unset it.`);
  return JSON.parse(readFileSync(file, "utf8")) as OpenApi;
}

/** What the contract has at a path: the template with the most literal segments, the leftmost counting most. */
export function findPath(paths: readonly string[], pathname: string): string | undefined {
  const given = pathname.split("/");
  const fitting = paths.flatMap((template) => {
    const segments = template.split("/");
    if (segments.length !== given.length) return [];
    const literal = segments.map((segment) => !segment.startsWith("{"));
    const fits = segments.every((segment, index) => !literal[index] || segment === given[index]);
    return fits ? [{ template, rank: literal.map((yes) => (yes ? "1" : "0")).join("") }] : [];
  });
  return fitting.sort((a, b) => (a.rank < b.rank ? 1 : -1))[0]?.template;
}
