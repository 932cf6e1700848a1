import type { Accessor } from "./access.ts";
import type { CallExpression, Expression } from "./expressions.ts";
import type { Location } from "./ranges.ts";
import type { Schema } from "./schema/schema.ts";
import type { Value } from "./values.ts";

/** A step of a reference together with the value that it resolved to, once it has. */
export interface BoundAccessor {
  readonly accessor: Accessor;
  value: Value | undefined;
}

type Of<Kind extends Expression["kind"]> = Extract<Expression, { kind: Kind }>;

/** What a term computes, with the terms that it is made of. */
export type TermBody =
  | { readonly kind: "missing" }
  | { readonly kind: "literal"; readonly expression: Expression | undefined }
  | {
      readonly kind: "interpolation";
      readonly parts: readonly {
        readonly text: string;
        readonly access: readonly BoundAccessor[] | undefined;
      }[];
    }
  | { readonly kind: "reference"; readonly access: readonly BoundAccessor[] }
  /** A property of a value that is not known yet. */
  | { readonly kind: "property"; readonly receiver: Value; readonly key: string }
  | { readonly kind: "array"; readonly elements: readonly Term[] }
  | {
      readonly kind: "object";
      readonly expression: Of<"object"> | undefined;
      readonly properties: Map<string, Term>;
    }
  | { readonly kind: "unary"; readonly call: Of<"unary">; readonly argument: Term }
  | {
      readonly kind: "delimiter";
      readonly call: Of<"delimiter">;
      readonly delimiter: Term;
      readonly subject: Term;
    }
  | { readonly kind: "validate"; readonly call: Of<"validate">; readonly schema: Term; readonly value: Term }
  | OpenBody
  | RotateBody
  | { readonly kind: "plaintext"; readonly call: Of<"plaintext">; readonly text: Term }
  | { readonly kind: "ciphertext"; readonly call: Of<"ciphertext">; readonly text: Term };

/** A call of a provider. Its schema is learnt when the provider is loaded. */
export interface OpenBody {
  readonly kind: "open";
  readonly call: Of<"open">;
  readonly provider: Term;
  readonly inputs: Term;
  inputSchema: Schema;
}

/** A call of a rotator. */
export interface RotateBody {
  readonly kind: "rotate";
  readonly call: Of<"rotate">;
  readonly provider: Term;
  readonly inputs: Term;
  readonly state: Term;
  inputSchema: Schema;
  stateSchema: Schema;
}

/** The body of a given kind. */
export type BodyOf<Kind extends TermBody["kind"]> = Extract<TermBody, { kind: Kind }>;

/** The body of any call of a builtin. */
export type CallBody = Extract<TermBody, { call: CallExpression }>;

/** An expression in evaluation: what it overrides, what is known of its type, and its value once it has one. */
export interface Term {
  /** The address within `values`, for messages about cycles. */
  readonly path: string;
  readonly at: Location;
  readonly body: TermBody;
  /** The imported value that this term overrides. */
  readonly base: Value | undefined;
  schema: Schema;
  /** Whether the value is secret whatever it is made of. */
  secret: boolean;
  state: "declared" | "evaluating" | "done";
  value: Value | undefined;
}

/** A term that has not been evaluated. */
export function newTerm(path: string, at: Location, body: TermBody, schema: Schema, base?: Value): Term {
  return { path, at, body, base, schema, secret: false, state: "declared", value: undefined };
}
