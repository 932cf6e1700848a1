import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import * as v from "valibot";
import type { Fault } from "../faults.ts";

/** What a Worker expects of a secret's value, as `secret-forms.json` beside its wrangler file declares it. */
export interface SecretForm {
  /** In characters. */
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  /** A regular expression that has to match somewhere in the value. */
  readonly pattern?: string | undefined;
  readonly format?: SecretFormat | undefined;
  /** The value may be one that usually only holds a place (`changeme`). */
  readonly allowPlaceholder?: boolean | undefined;
}

export const SECRET_FORMATS = ["pem", "json", "uuid", "url"] as const;
export type SecretFormat = (typeof SECRET_FORMATS)[number];

/** The forms that a Worker declares, by the secret's name. */
export type SecretForms = ReadonlyMap<string, SecretForm>;

/** What examples show where a value belongs, and what tools print instead of one. */
const PLACEHOLDERS = [
  /^<[^<>]*>$/,
  /^\[(secret|redacted|sensitive|unknown|hidden|masked)\]$/i,
  /^(x{3,}|\*{3,}|\.{3,}|…|-{3,}|\?{3,})$/i,
  /^(change|replace|fill)[-_ ]?(me|this|it|in)$/i,
  /^(todo|tbd|fixme|placeholder|dummy|redacted|n\/a|null|undefined|none)$/i,
  /^(your|my|insert|enter)[-_ ]([a-z0-9]+[-_ ])*(key|token|secret|password|value|here)$/i,
];

/** Pure: how a value differs from what is declared for it, without the value; `undefined` where it does not. */
export function formFault(name: string, value: string, forms: readonly SecretForm[]): string | undefined {
  if (isPlaceholder(value) && !forms.some(({ allowPlaceholder }) => allowPlaceholder === true))
    return `'${name}' is a placeholder, as examples show it instead of a value`;
  for (const form of forms) {
    const what = differsFrom(form, value);
    if (what !== undefined) return `'${name}' ${what}`;
  }
  return undefined;
}

function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return PLACEHOLDERS.some((one) => one.test(text));
}

function differsFrom(
  { minLength = 0, maxLength, pattern, format }: SecretForm,
  value: string,
): string | undefined {
  const length = [...value].length;
  if (length < minLength) return `has ${length} characters; at least ${minLength} are declared`;
  if (maxLength !== undefined && length > maxLength)
    return `has ${length} characters; at most ${maxLength} are declared`;
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value))
    return `does not match the declared pattern ${pattern}`;
  return format === undefined || FORMATS[format].is(value) ? undefined : `is not ${FORMATS[format].called}`;
}

const FORMATS: Readonly<
  Record<SecretFormat, { readonly called: string; readonly is: (value: string) => boolean }>
> = {
  pem: { called: "PEM (whole blocks from BEGIN to END, with real line ends)", is: isPem },
  json: { called: "valid JSON", is: isJson },
  uuid: {
    called: "a UUID",
    is: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  },
  url: {
    called: "a URL (SCHEME://…)",
    is: (value) => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value) && URL.canParse(value),
  },
};

/** One block or more, such as a chain of certificates, and nothing else. */
function isPem(value: string): boolean {
  let blocks = 0;
  const rest = value.replace(
    /-----BEGIN ([A-Z0-9 ]+)-----\r?\n((?:[\w-]+: [^\n]*\n|[ \t]+[^\n]*\n|\r?\n)*)([A-Za-z0-9+/=\s]+)-----END \1-----/g,
    () => {
      blocks++;
      return "";
    },
  );
  return blocks > 0 && rest.trim() === "";
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Beside a Worker's wrangler file: what its code expects of the values, in every stack. */
const FORMS_FILE = "secret-forms.json";

const length = v.optional(
  v.pipe(
    v.number("must be a whole number"),
    v.integer("must be a whole number"),
    v.minValue(1, "must be 1 or more"),
  ),
);
const form = v.pipe(
  v.strictObject(
    {
      minLength: length,
      maxLength: length,
      pattern: v.optional(
        v.pipe(v.string("must be a text"), v.check(isPattern, "is no regular expression of JavaScript")),
      ),
      format: v.optional(v.picklist(SECRET_FORMATS, `must be one of ${SECRET_FORMATS.join(", ")}`)),
      allowPlaceholder: v.optional(v.boolean("must be true or false")),
    },
    (issue) =>
      issue.expected === "never"
        ? "is not known; known are minLength, maxLength, pattern, format, allowPlaceholder"
        : "must be an object",
  ),
  v.check(
    ({ minLength = 0, maxLength = Number.POSITIVE_INFINITY }) => minLength <= maxLength,
    "has a minLength above its maxLength",
  ),
);
const NO_OBJECT = "it must be an object of forms by the secret's name";
const schema = v.pipe(
  // A list would be taken for a record without a name.
  v.custom((value) => !Array.isArray(value), NO_OBJECT),
  v.record(v.string(), form, NO_OBJECT),
);

const FIX = 'Write {"NAME": {"minLength": 32, "format": "pem"}}; the keys are listed in docs/workers.md.';

/**
 * Reads a Worker's forms; none where it has no such file. A form of a name that the Worker does not declare would check
 * nothing, so it is a fault.
 */
export async function readSecretForms(
  directory: string,
  root: string,
  declared: readonly string[],
  faults: Fault[],
): Promise<SecretForms> {
  const file = join(directory, FORMS_FILE);
  const where = relative(root, file);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = Object(error).code as unknown;
    if (code !== "ENOENT") faults.push({ where, what: `the file can't be read (${String(code)})`, fix: FIX });
    return new Map();
  }
  const parsed = v.safeParse(schema, parseJson(text, where, faults));
  if (!parsed.success) {
    for (const issue of parsed.issues) {
      const path = v.getDotPath(issue);
      if (issue.input !== INVALID)
        faults.push({ where, what: `${path === null ? "" : `'${path}' `}${issue.message}`, fix: FIX });
    }
    return new Map();
  }
  for (const name of Object.keys(parsed.output))
    if (!declared.includes(name))
      faults.push({
        where,
        what: `the Worker declares no secret '${name}', so the form would check nothing`,
        fix: `Take it out, write the name of one of its secrets (${declared.join(", ") || "it declares none"}), or list it in 'optionalSecrets' of the Worker's entry.`,
      });
  return new Map(Object.entries(parsed.output));
}

/** Stands for what is no JSON; the fault is there already. */
const INVALID = Symbol("no JSON");

function parseJson(text: string, where: string, faults: Fault[]): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    faults.push({ where, what: "it is not valid JSON", fix: FIX });
    return INVALID;
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
