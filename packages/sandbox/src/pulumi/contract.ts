import { json, type Route } from "../http/route.ts";
import type { PulumiHalf } from "./context.ts";

/** Where `pulumi api` reads which calls there are, before it makes any. */
const PATH = "/api/openapi/pulumi-spec.json";

/** The operations of a table as an OpenAPI document: names, paths and parameters, without the shapes of bodies. */
export function contractRoute(table: () => readonly Route<PulumiHalf>[]): Route<PulumiHalf> {
  return {
    method: "GET",
    path: PATH,
    operation: "FetchRestSpecification",
    handle: () =>
      json(200, {
        openapi: "3.0.3",
        info: { title: "Sandbox", version: "1" },
        paths: pathsOf(table()),
        // `pulumi api` 3.259 ends in a panic without it.
        components: { schemas: {} },
      }),
  };
}

function pathsOf(table: readonly Route<PulumiHalf>[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, operation } of table) {
    if (operation.startsWith("absent:") || path.includes("*")) continue;
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
    const place = path.replace(/:(\w+)/g, "{$1}");
    const item = paths[place] ?? {};
    paths[place] = item;
    item[method.toLowerCase()] = {
      operationId: operation.replace(/\W+/g, "_"),
      parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...(["POST", "PUT", "PATCH"].includes(method)
        ? { requestBody: { content: { "application/json": { schema: { type: "object" } } } } }
        : {}),
      responses: {
        "200": { description: "OK", content: { "application/json": { schema: { type: "object" } } } },
      },
    };
  }
  return paths;
}
