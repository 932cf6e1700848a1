import * as v from "valibot";
import type { ApiRequest } from "../http/route.ts";
import type { PulumiContext } from "./base-context.ts";
import { badRequest, notFound } from "./errors.ts";

/** Reads a JSON body of a given shape; a refusal names every field that is wrong, never a value. */
export async function body<S extends v.GenericSchema>(
  request: ApiRequest,
  schema: S,
): Promise<v.InferOutput<S>> {
  return shaped(await request.json(), schema);
}

export function shaped<S extends v.GenericSchema>(value: unknown, schema: S): v.InferOutput<S> {
  // valibot takes a list for an object without its members.
  if (Array.isArray(value)) throw badRequest("the body must be Object");
  const result = v.safeParse(schema, value ?? {});
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => {
    const path = v.getDotPath(issue) ?? "the body";
    // valibot's own text quotes the value received, which may be a secret.
    return issue.received === "undefined"
      ? `${path} is missing`
      : `${path} must be ${issue.expected ?? "valid"}`;
  });
  throw badRequest(faults.join("; "));
}

const NAME = /^[A-Za-z0-9_.-]{1,100}$/;

/** The rule for the names of projects, stacks, Environments and their tags. */
export function validName(what: string, name: string): string {
  if (NAME.test(name) && name !== "." && name !== "..") return name;
  throw badRequest(`${what} must be 1 to 100 letters, digits, '-', '_' or '.'`);
}

/** The organization in a path: the sandbox has one, and each user's login is one too. */
export function organization(request: ApiRequest, { identity }: PulumiContext): string {
  const name = request.param("org");
  if (name === identity.organization || name === identity.user) return name;
  throw notFound(`Organization '${name}' not found`);
}

/** A count or a page number in the query. */
export function wholeNumber(request: ApiRequest, name: string): number | undefined {
  const text = request.query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`Invalid '${name}' value: it must be a whole number`);
  return Number(text);
}

/** Times in the state API are whole seconds since 1970; in the Environments API they are ISO 8601 texts. */
export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
