import type { JSONPath } from "jsonc-parser";
import * as v from "valibot";
import type { Fault } from "../faults.ts";
import type { ParsedFile } from "../jsonc.ts";
import { checkWorker } from "./checks.ts";
import { type Applied, applyEnvironment, isObject, type Misplaced, type Wanted } from "./environments.ts";
import { readWranglerFile } from "./find.ts";
import { stateAt, strays } from "./keys.ts";
import { wranglerSchema } from "./schema.ts";
import { translate } from "./translate.ts";
import type { WorkerConfig } from "./worker-config.ts";

/** Where the keys are documented, for messages. */
const DOCUMENTED = "Mend it; the keys are listed in docs/wrangler-keys.md.";

export interface ReadContext extends Wanted {
  /** The project's folder: messages name files relative to it. */
  readonly root: string;
  /** A compatibility date after this day is refused. */
  readonly today: Date;
}

/**
 * Reads the wrangler file of a folder and applies one `env` block. Everything that is wrong with it, from a syntax
 * error to a key that can't be translated, goes into `faults`, and `undefined` comes back then.
 */
export async function readWorkerConfig(
  directory: string,
  context: ReadContext,
  faults: Fault[],
): Promise<WorkerConfig | undefined> {
  const file = await readWranglerFile(directory, context.root);
  const found = [...file.faults];
  let worker: WorkerConfig | undefined;
  if (found.length === 0) {
    const misplaced: Misplaced[] = [];
    let applied: Applied | undefined;
    if (isObject(file.value)) applied = applyEnvironment(file.value, context, misplaced);
    else misplaced.push({ path: [], what: "the file must hold an object", fix: DOCUMENTED });
    found.push(...misplaced.map(({ path, what, fix }) => ({ where: file.where(path), what, fix })));
    worker = applied === undefined ? undefined : check(file, applied, directory, context, found);
  }
  faults.push(...found);
  return found.length === 0 ? worker : undefined;
}

function check(
  file: ParsedFile & { readonly shownAs: string },
  applied: Applied,
  directory: string,
  context: ReadContext,
  faults: Fault[],
): WorkerConfig | undefined {
  const where = (path: JSONPath): string => file.where(applied.placeOf(path));
  const found = strays(wranglerSchema, applied.keys);
  for (const { path, kind } of found) {
    const key = keyName(applied.placeOf(path));
    faults.push(
      kind === "unknown key"
        ? {
            where: where(path),
            what: `'${key}' is not a key of wrangler's schema, and leaving it out could take something away from the Worker`,
            fix: "Take it out, or correct its spelling; the keys are listed in docs/wrangler-keys.md.",
          }
        : { where: where(path), what: `'${key}' must be an object`, fix: DOCUMENTED },
    );
  }
  const parsed = v.safeParse(wranglerSchema, applied.keys);
  if (!parsed.success) {
    for (const issue of parsed.issues) {
      const path = (issue.path ?? []).map((item) => item.key as string | number);
      // What is missing in a list that should be an object follows from that.
      if (found.some((stray) => stray.path.every((key, index) => key === path[index]))) continue;
      faults.push({ where: where(path), ...describe(issue, path, keyName(applied.placeOf(path))) });
    }
    return undefined;
  }
  const worker = translate(parsed.output, file.value as Readonly<Record<string, unknown>>, {
    directory,
    file: file.shownAs,
    environment: applied.environment,
    whereIs: where,
  });
  faults.push(...checkWorker(worker, parsed.output, context.today));
  return worker;
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
export function keyName(path: JSONPath): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? key : `${name}.${key}`;
  }, "");
}
