import {
  type EscEnvironment,
  type EscExpr,
  type EscValue,
  isExactNumber,
  type Schema,
  type SchemaObject,
} from "@worker-secrets/esc";

const hidden = "[secret]";

/**
 * The API's JSON without secrets: what is secret is `[secret]`, in values, in what they override and in the arguments
 * of `fn::secret`; schemas lose each constant that is one of these secrets.
 */
export function redacted(environment: EscEnvironment): EscEnvironment {
  const found = new Set<string>();
  for (const value of Object.values(environment.properties ?? {})) collect(value, false, found, new Map());
  for (const expr of Object.values(environment.exprs ?? {})) collectLiterals(expr, false, found);
  if (found.size === 0) return environment;
  const redactor = new Redactor(found);
  const { exprs, properties, schema, ...rest } = environment;
  return {
    ...(exprs && { exprs: each(exprs, (expr) => redactor.expr(expr, false)) }),
    ...(properties && { properties: each(properties, (value) => redactor.value(value)) }),
    ...(schema !== undefined && { schema: redactor.schema(schema) }),
    ...rest,
  };
}

/** Adds the scalars of all secrets in a value and in what it overrides. */
function collect(value: EscValue, secret: boolean, found: Set<string>, seen: Map<EscValue, boolean>): void {
  const hides = secret || value.secret === true;
  if (seen.get(value) === true || seen.get(value) === hides) return;
  seen.set(value, hides);
  const { value: content } = value;
  if (value.trace.base) collect(value.trace.base, hides, found, seen);
  if (content === undefined) return;
  if (typeof content !== "object" || isExactNumber(content)) {
    if (hides) found.add(JSON.stringify(content));
    return;
  }
  for (const member of Object.values(content) as EscValue[]) collect(member, hides, found, seen);
}

function collectLiterals(expr: EscExpr, secret: boolean, found: Set<string>): void {
  if (secret && expr.literal !== undefined) found.add(JSON.stringify(expr.literal));
  for (const { part, isSecret } of partsOf(expr)) collectLiterals(part, secret || isSecret, found);
}

function partsOf(expr: EscExpr): { part: EscExpr; isSecret: boolean }[] {
  const { base, list = [], object = {}, builtin } = expr;
  const open = [...(base ? [base] : []), ...list, ...Object.values(object)];
  return [
    ...open.map((part) => ({ part, isSecret: false })),
    ...(builtin ? [{ part: builtin.arg, isSecret: holdsText(expr) }] : []),
  ];
}

/** Whether this is `fn::secret: text`; a stored secret is its ciphertext, which may be seen. */
function holdsText({ builtin }: EscExpr): boolean {
  return builtin?.name.toLowerCase() === "fn::secret" && builtin.arg.object === undefined;
}

class Redactor {
  readonly #secrets: ReadonlySet<string>;
  readonly #values = new Map<EscValue, EscValue>();
  readonly #schemas = new Map<SchemaObject, SchemaObject>();

  constructor(secrets: ReadonlySet<string>) {
    this.#secrets = secrets;
  }

  value(value: EscValue): EscValue {
    const known = this.#values.get(value);
    if (known) return known;
    const { base } = value.trace;
    const trace = { ...value.trace, ...(base && { base: this.#overridden(base, value.secret === true) }) };
    const made = { ...value, trace, ...this.#content(value) };
    this.#values.set(value, made);
    return made;
  }

  /** What a secret overrides is nobody's business, either. */
  #overridden(base: EscValue, secret: boolean): EscValue {
    return this.value(secret ? { ...base, secret: true } : base);
  }

  #content({ value: content, secret }: EscValue): Pick<EscValue, "value"> {
    if (content === undefined) return {};
    if (secret) return { value: hidden };
    if (typeof content !== "object" || isExactNumber(content)) return { value: content };
    if (Array.isArray(content)) return { value: content.map((element) => this.value(element)) };
    return { value: each(content, (member) => this.value(member)) };
  }

  expr(expr: EscExpr, secret: boolean): EscExpr {
    const { schema, base, literal, list, object, builtin } = expr;
    // What is overridden is shown as a bare literal, without the `fn::secret` around it.
    const hides = secret || (literal !== undefined && this.#secrets.has(JSON.stringify(literal)));
    return {
      ...expr,
      ...(schema !== undefined && { schema: this.schema(schema) }),
      ...(base && { base: this.expr(base, secret) }),
      ...(literal !== undefined && { literal: hides ? hidden : literal }),
      ...(list && { list: list.map((element) => this.expr(element, secret)) }),
      ...(object && { object: each(object, (member) => this.expr(member, secret)) }),
      ...(builtin && { builtin: { ...builtin, arg: this.expr(builtin.arg, secret || holdsText(expr)) } }),
    };
  }

  schema(schema: Schema): Schema {
    if (typeof schema === "boolean") return schema;
    const known = this.#schemas.get(schema);
    if (known) return known;
    const { const: constant, ...rest } = schema;
    const made: SchemaObject = { ...rest };
    if (constant !== undefined && !this.#secrets.has(JSON.stringify(constant))) made.const = constant;
    this.#schemas.set(schema, made);
    const { items, additionalProperties, prefixItems, properties, anyOf, oneOf } = rest;
    if (items !== undefined) made.items = this.schema(items);
    if (additionalProperties !== undefined) made.additionalProperties = this.schema(additionalProperties);
    if (prefixItems) made.prefixItems = prefixItems.map((item) => this.schema(item));
    if (anyOf) made.anyOf = anyOf.map((option) => this.schema(option));
    if (oneOf) made.oneOf = oneOf.map((option) => this.schema(option));
    if (properties) made.properties = each(properties, (property) => this.schema(property));
    return made;
  }
}

function each<T, R>(record: Readonly<Record<string, T>>, change: (member: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, member]) => [key, change(member)]));
}
