import type { JSONPath } from "jsonc-parser";
import * as v from "valibot";
import type { Fault } from "../../faults.ts";
import type { ParsedFile } from "../jsonc.ts";
import type { Applied } from "./environments.ts";
import { stateAt, strays } from "./keys.ts";
import { type WranglerFile, wranglerSchema } from "./schema.ts";

/** Where the keys are documented, for messages. */
export const DOCUMENTED = "Mend it; the keys are listed in docs/wrangler-keys.md.";

/** What is wrong with one key. */
export interface KeyFault extends Fault {
  /** Its place in the file. */
  readonly path: JSONPath;
}

/**
 * Compares what a file says for one environment with the schema: keys that there are not, that can't be translated, that hold
 * something else. `keys` comes back where all of them can be read; a key that there is not does not stop that.
 */
export function checkKeys(
  file: ParsedFile,
  applied: Applied,
): { readonly faults: KeyFault[]; readonly keys: WranglerFile | undefined } {
  const at = (path: JSONPath, { what, fix }: Pick<Fault, "what" | "fix">): KeyFault => ({
    path: applied.placeOf(path),
    where: file.where(applied.placeOf(path)),
    what,
    fix,
  });
  const faults: KeyFault[] = [];
  const found = strays(wranglerSchema, applied.keys);
  for (const { path, kind } of found) {
    const key = keyName(applied.placeOf(path));
    faults.push(
      kind === "unknown key"
        ? at(path, {
            what: `'${key}' is not a key of wrangler's schema, and leaving it out could take something away from the Worker`,
            fix: "Take it out, or correct its spelling; the keys are listed in docs/wrangler-keys.md.",
          })
        : at(path, { what: `'${key}' must be an object`, fix: DOCUMENTED }),
    );
  }
  const parsed = v.safeParse(wranglerSchema, applied.keys);
  if (parsed.success) return { faults, keys: parsed.output };
  for (const issue of parsed.issues) {
    const path = (issue.path ?? []).map((item) => item.key as string | number);
    // What is missing in a list that should be an object follows from that.
    if (found.some((stray) => stray.path.every((key, index) => key === path[index]))) continue;
    faults.push(at(path, describe(issue, path, keyName(applied.placeOf(path)))));
  }
  return { faults, keys: undefined };
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "true or false",
  number: "a number",
  Array: "a list",
  Object: "an object",
};

function describe(issue: v.BaseIssue<unknown>, path: JSONPath, key: string): { what: string; fix: string } {
  const state = stateAt(wranglerSchema, path);
  if (state?.state === "refused")
    return { what: `'${key}' can't be translated: ${state.why}`, fix: state.fix };
  const isMissing = issue.received === "undefined";
  if (isMissing) return { what: `'${key}' is missing`, fix: DOCUMENTED };
  if (issue.kind === "validation" || issue.type === "custom" || issue.type === "check") {
    return { what: `'${key}' ${issue.message}`, fix: DOCUMENTED };
  }
  // `(Array | boolean)`, `("off" | "smart")`: what the library expected, in words.
  const expected = (issue.expected ?? "something else")
    .replace(/^\(|\)$/g, "")
    .split(" | ")
    .map((part) => EXPECTED[part] ?? part)
    .join(" or ");
  return { what: `'${key}' must be ${expected}`, fix: DOCUMENTED };
}

/** `["env", "prod", "kv_namespaces", 0, "id"]` → `env.prod.kv_namespaces[0].id`. */
function keyName(path: JSONPath): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? key : `${name}.${key}`;
  }, "");
}
