import type { ErrorObject } from "ajv";
import type { Exchange } from "../../packages/sandbox/src/http/exchange.ts";
import { findPath, type OpenApi } from "./openapi.ts";
import { Schemas } from "./schemas.ts";

/** One way in which an answer is not what the contract says. Names fields and rules, never a value. */
export interface Finding {
  /** `METHOD /path` with the contract's own parameters; with the request's path where the contract has none. */
  readonly operation: string;
  readonly text: string;
}

/** Compares answers of the Pulumi half with the contract. */
export class ContractCheck {
  readonly #document: OpenApi;
  readonly #schemas: Schemas;
  readonly #templates: readonly string[];

  constructor(document: OpenApi) {
    this.#document = document;
    this.#schemas = new Schemas(document);
    this.#templates = Object.keys(document.paths);
  }

  findings(exchange: Exchange): Finding[] {
    const { method, url, status } = exchange;
    // The SDK's double slash counts as one, as it does in the sandbox.
    const path = url.pathname.replace(/\/{2,}/g, "/");
    const template = findPath(this.#templates, path);
    const operation = `${method} ${template ?? path}`;
    const found = (texts: readonly string[]) =>
      texts.map((text) => ({ operation, text: `${status}: ${text}` }));
    if (status >= 400) return found(errorFaults(exchange));
    const known = template === undefined ? undefined : this.#document.paths[template]?.[method.toLowerCase()];
    if (known === undefined) return found(["the contract has no such operation"]);
    const response = known.responses[String(status)];
    if (response === undefined) {
      const documented = Object.keys(known.responses).filter((code) => code.startsWith("2"));
      return found([`the contract answers with ${documented.join(" or ")}`]);
    }
    return found(this.#bodyFaults(exchange, response.content));
  }

  #bodyFaults(
    { method, headers, body }: Exchange,
    content: Readonly<Record<string, { readonly schema?: object }>> | undefined,
  ): string[] {
    if (method === "HEAD") return body === "" ? [] : ["an answer to HEAD has a body"];
    if (content === undefined) return body === "" || body === "{}" ? [] : ["the contract has no body here"];
    const type = (headers.get("content-type") ?? "").replace(/;.*/, "");
    const described = content[type];
    if (described === undefined)
      return [`content-type is '${type}' and not ${Object.keys(content).join(" or ")}`];
    if (type !== "application/json" || described.schema === undefined) return [];
    const validate = this.#schemas.validator(described.schema as Record<string, unknown>);
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      return ["the body is not JSON"];
    }
    if (validate(parsed)) return [];
    const texts = causes(validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = (params as { unevaluatedProperty?: string }).unevaluatedProperty;
      const said = extra === undefined ? (message ?? "is wrong") : `the contract has no field '${extra}'`;
      return `${instancePath.replace(/\/\d+(?=\/|$)/g, "/*")} ${said}`.trim();
    });
    return [...new Set(texts)];
  }
}

/** A field that is wrong inside makes all fields around it count as unknown: only what is wrong itself is a cause. */
function causes(errors: readonly ErrorObject[]): ErrorObject[] {
  const isUnknown = ({ keyword }: ErrorObject) => keyword === "unevaluatedProperties";
  const others = errors.filter((error) => !isUnknown(error));
  const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);
  return errors.filter(
    (error) =>
      !isUnknown(error) || !others.some(({ instancePath }) => within(instancePath, error.instancePath)),
  );
}

/** The form of every refusal: clients decide by `code`, so it has to be the status. */
function errorFaults({ method, status, body }: Exchange): string[] {
  if (method === "HEAD") return [];
  try {
    const { code, message } = JSON.parse(body) as { code?: unknown; message?: unknown };
    const faults = [];
    if (code !== status) faults.push("'code' in the body is not the status");
    if (typeof message !== "string" || message === "") faults.push("'message' is not a text");
    return faults;
  } catch {
    return ["the error is not JSON"];
  }
}
