import type { ExactNumber } from "./numbers.ts";
import type { Range } from "./ranges.ts";
import type { Schema } from "./schema/schema.ts";

/** Plain JSON. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Where a value was defined, and the value it overrides. */
export interface EscTrace {
  def: Range;
  base?: EscValue;
}

/** What an evaluated value holds. A number that `number` cannot hold exactly is an {@link ExactNumber}. */
export type EscValueContent =
  | boolean
  | number
  | ExactNumber
  | string
  | EscValue[]
  | { [key: string]: EscValue };

/** An evaluated value as the service sends it; `value` is absent for null. */
export interface EscValue {
  value?: EscValueContent;
  secret?: true;
  unknown?: true;
  trace: EscTrace;
}

/** One step of a property path. */
export interface EscAccessor {
  index?: number;
  key?: string;
  range: Range;
}

/** One step of a property path, with the range that defines what it resolved to. */
export interface EscPropertyAccessor extends EscAccessor {
  value: Range;
}

/** A piece of an interpolated string: text, then the value that follows it. */
export interface EscInterpolation {
  text?: string;
  value?: EscPropertyAccessor[];
}

/** A call of a builtin function. */
export interface EscBuiltin {
  name: string;
  nameRange: Range;
  argSchema: Schema | null;
  arg: EscExpr;
}

/** An expression of the definition. At most one of the fields below `keyRanges` is set; none means null. */
export interface EscExpr {
  range: Range;
  schema?: Schema;
  base?: EscExpr;
  keyRanges?: Record<string, Range>;
  literal?: boolean | number | ExactNumber | string;
  interpolate?: EscInterpolation[];
  symbol?: EscPropertyAccessor[];
  access?: { receiver: Range; accessors: EscAccessor[] };
  list?: EscExpr[];
  object?: Record<string, EscExpr>;
  builtin?: EscBuiltin;
}

/** The result of evaluating an environment, in the form in which the service sends it. */
export interface EscEnvironment {
  exprs?: Record<string, EscExpr>;
  properties?: Record<string, EscValue>;
  schema?: Schema;
  executionContext?: { properties?: Record<string, EscValue>; schema?: Schema };
}
