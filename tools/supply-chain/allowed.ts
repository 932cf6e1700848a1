import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const text = v.pipe(v.string(), v.nonEmpty());
const reason = v.pipe(v.string(), v.minLength(20, "a reason is a sentence that the next reader can judge"));

const schema = v.strictObject({
  /** SPDX ids that any package may have. */
  licences: v.array(text),
  /** Other licences, of one package each; a `*` at its end stands for all that begin so. */
  licencesOf: v.array(v.strictObject({ package: text, licence: text, reason })),
  /** Packages that may have a script which npm runs at the installation. */
  installScripts: v.array(v.strictObject({ package: text, reason })),
  /** Advisories that are known and accepted until a day (YYYY-MM-DD), which has to come. */
  advisories: v.array(
    v.strictObject({
      id: v.pipe(v.string(), v.regex(/^GHSA(-[a-z0-9]{4}){3}$/)),
      reason,
      until: v.pipe(v.string(), v.isoDate()),
    }),
  ),
});

export type Allowed = v.InferOutput<typeof schema>;

export function parseAllowed(given: unknown): Allowed {
  return v.parse(schema, given);
}

export function readAllowed(): Allowed {
  return parseAllowed(JSON.parse(readFileSync(join(import.meta.dirname, "allowed.json"), "utf8")));
}
