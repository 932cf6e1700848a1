import type { Accessor } from "./access.ts";
import type { InterpolationPart } from "./interpolation.ts";
import type { Location } from "./ranges.ts";

/** A literal string. It may stand for a key, an environment's name or a provider's, too. */
export interface StringExpression {
  readonly kind: "string";
  readonly at: Location;
  readonly value: string;
}

/** One entry of an object. A key that is not a literal string is an error, and is left out here. */
export interface ObjectEntry {
  readonly key: StringExpression | undefined;
  readonly value: Expression;
}

export interface ObjectExpression {
  readonly kind: "object";
  readonly at: Location;
  readonly entries: readonly ObjectEntry[];
}

/** Functions of one argument. */
export type UnaryFunction =
  | "fn::concat"
  | "fn::final"
  | "fn::fromBase64"
  | "fn::fromJSON"
  | "fn::toBase64"
  | "fn::toJSON"
  | "fn::toString"
  | "fn::toYAML";

/** Functions of a delimiter and what it applies to. */
export type DelimiterFunction = "fn::join" | "fn::split";

interface Call {
  readonly at: Location;
  readonly name: StringExpression;
  readonly argument: Expression;
}

/** A call of a builtin. Parts that a faulty call lacks are undefined; the fault has been reported. */
export type CallExpression =
  | (Call & { readonly kind: "unary"; readonly fn: UnaryFunction })
  | (Call & {
      readonly kind: "delimiter";
      readonly fn: DelimiterFunction;
      readonly delimiter: Expression | undefined;
      readonly subject: Expression | undefined;
    })
  | (Call & {
      readonly kind: "validate";
      readonly schema: Expression | undefined;
      readonly value: Expression | undefined;
    })
  | (Call & {
      readonly kind: "open";
      readonly provider: StringExpression | undefined;
      readonly inputs: Expression | undefined;
    })
  | (Call & {
      readonly kind: "rotate";
      readonly provider: StringExpression | undefined;
      readonly inputs: Expression | undefined;
      readonly state: Expression | undefined;
    })
  | (Call & { readonly kind: "plaintext"; readonly text: StringExpression })
  | (Call & { readonly kind: "ciphertext"; readonly text: StringExpression });

/** An expression of the language. */
export type Expression =
  | { readonly kind: "null"; readonly at: Location }
  | { readonly kind: "boolean"; readonly at: Location; readonly value: boolean }
  | { readonly kind: "number"; readonly at: Location; readonly text: string }
  | StringExpression
  | { readonly kind: "interpolation"; readonly at: Location; readonly parts: readonly InterpolationPart[] }
  | { readonly kind: "reference"; readonly at: Location; readonly access: readonly Accessor[] }
  | { readonly kind: "array"; readonly at: Location; readonly elements: readonly Expression[] }
  | ObjectExpression
  | CallExpression;
