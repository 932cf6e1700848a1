import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { JSONPath } from "jsonc-parser";
import * as v from "valibot";
import type { Fault } from "./faults.ts";
import { type JsoncFile, readJsonc } from "./jsonc.ts";
import { bindingNameFault } from "./names.ts";

/** A Worker as its `wrangler.jsonc` describes it, reduced to what the stack translates. */
export interface WorkerConfig {
  /** wrangler's `name`, without the stack. */
  readonly name: string;
  /** Absolute path of the entry module. */
  readonly main: string;
  /** Absolute path of the folder that holds `wrangler.jsonc`. */
  readonly directory: string;
  /** `YYYY-MM-DD`. */
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** `vars`: bound in clear, as text or as JSON. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** `secrets.required`: the declared names. */
  readonly requiredSecrets: readonly string[];
  /** Whether the workers.dev URL is on. Default true, as wrangler's. */
  readonly workersDev: boolean;
  /** Whether old versions have preview URLs. Default false: they would serve the secrets of their time. */
  readonly previewUrls: boolean;
  readonly minify: boolean;
  /** Where each declared name stands in the file, for messages. */
  whereIs(path: JSONPath): string;
}

const text = (what: string) => v.pipe(v.string(`${what} must be a text`), v.nonEmpty(`${what} is empty`));
const flag = (what: string) => v.boolean(`${what} must be true or false`);

/**
 * The keys of wrangler 4's schema that are translated. A key that is not here is refused by name: a script upload
 * carries the whole set of bindings, so what is not sent can be lost.
 */
const schema = v.object({
  $schema: v.optional(v.unknown()),
  name: text("'name'"),
  main: text("'main'"),
  compatibility_date: v.pipe(
    v.string("'compatibility_date' must be a text"),
    v.regex(/^\d{4}-\d\d-\d\d$/, "'compatibility_date' must have the form YYYY-MM-DD"),
    v.check((date) => !Number.isNaN(Date.parse(date)), "'compatibility_date' is not a day of the calendar"),
  ),
  compatibility_flags: v.optional(
    v.array(text("each of 'compatibility_flags'"), "'compatibility_flags' must be a list"),
    [],
  ),
  vars: v.optional(v.record(v.string(), v.unknown(), "'vars' must be an object"), {}),
  secrets: v.optional(
    v.strictObject(
      {
        required: v.optional(
          v.array(v.string("each of 'secrets.required' must be a text"), "'secrets.required' must be a list"),
          [],
        ),
      },
      (issue) =>
        issue.expected === "never" ? "only 'required' is known here" : "'secrets' must be an object",
    ),
    {},
  ),
  workers_dev: v.optional(flag("'workers_dev'"), true),
  preview_urls: v.optional(flag("'preview_urls'"), false),
  minify: v.optional(flag("'minify'"), false),
});

/** Reads `<directory>/wrangler.jsonc`; every fault of the file goes into `faults`, and `undefined` comes back then. */
export async function readWorkerConfig(
  directory: string,
  root: string,
  today: Date,
  faults: Fault[],
): Promise<WorkerConfig | undefined> {
  const file = join(directory, "wrangler.jsonc");
  const jsonc = await readJsonc(file, relative(root, file));
  const found = [...jsonc.faults];
  const config = jsonc.value === undefined ? undefined : parseConfig(jsonc, directory, today, found);
  faults.push(...found);
  return found.length === 0 ? config : undefined;
}

function parseConfig(
  jsonc: JsoncFile,
  directory: string,
  today: Date,
  faults: Fault[],
): WorkerConfig | undefined {
  faults.push(...unknownKeys(jsonc));
  const parsed = v.safeParse(schema, jsonc.value);
  if (!parsed.success) {
    for (const issue of parsed.issues) {
      const path = (issue.path ?? []).map((item) => item.key as string | number);
      const missing = issue.received === "undefined" && path.length > 0;
      faults.push({
        where: jsonc.where(path),
        what: missing ? `'${path.join(".")}' is missing` : issue.message,
        fix: "Mend the file; its keys are documented at https://developers.cloudflare.com/workers/wrangler/configuration/.",
      });
    }
    return undefined;
  }
  const file = parsed.output;
  const config: WorkerConfig = {
    name: file.name,
    main: join(directory, file.main),
    directory,
    compatibilityDate: file.compatibility_date,
    compatibilityFlags: file.compatibility_flags,
    vars: file.vars,
    requiredSecrets: file.secrets.required ?? [],
    workersDev: file.workers_dev,
    previewUrls: file.preview_urls,
    minify: file.minify,
    whereIs: jsonc.where,
  };
  faults.push(...entryAndDateFaults(config, file.main, today), ...bindingFaults(config));
  return config;
}

function unknownKeys(jsonc: JsoncFile): Fault[] {
  if (typeof jsonc.value !== "object" || jsonc.value === null) return [];
  return Object.keys(jsonc.value)
    .filter((key) => !(key in schema.entries))
    .map((key) => ({
      where: jsonc.where([key]),
      what: `'${key}' is not translated yet, and leaving it out could take it away from the Worker`,
      fix: `Take '${key}' out of the file, or keep this Worker with wrangler for now.`,
    }));
}

function entryAndDateFaults(config: WorkerConfig, main: string, today: Date): Fault[] {
  const faults: Fault[] = [];
  if (!existsSync(config.main)) {
    faults.push({
      where: config.whereIs(["main"]),
      what: `the entry '${main}' does not exist`,
      fix: "Point 'main' at the Worker's module.",
    });
  }
  // The runtime compares with its own day, which is UTC's.
  if (config.compatibilityDate > today.toISOString().slice(0, 10)) {
    faults.push({
      where: config.whereIs(["compatibility_date"]),
      what: `the compatibility date ${config.compatibilityDate} is in the future, which the runtime refuses (10021)`,
      fix: `Use a day up to ${today.toISOString().slice(0, 10)}.`,
    });
  }
  return faults;
}

/** Variables and secrets of one Worker together, on the paid plan (64 on the free one). API error 10055. */
export const MAX_BINDINGS = 128;

function bindingFaults(config: WorkerConfig): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, JSONPath>(Object.keys(config.vars).map((name) => [name, ["vars", name]]));
  const check = (name: string, path: JSONPath) => {
    const fault = bindingNameFault(name);
    if (fault !== undefined)
      faults.push({
        where: config.whereIs(path),
        what: fault,
        fix: "Rename it: Workers read it as a property of 'env'.",
      });
  };
  for (const [name, path] of seen) check(name, path);
  config.requiredSecrets.forEach((name, index) => {
    const path = ["secrets", "required", index];
    check(name, path);
    const before = seen.get(name);
    if (before !== undefined) {
      faults.push({
        where: config.whereIs(path),
        what: `'${name}' is declared twice (first at ${config.whereIs(before)}); a binding's name is unique (10053)`,
        fix: "Keep one of the two.",
      });
    }
    seen.set(name, path);
  });
  const count = Object.keys(config.vars).length + config.requiredSecrets.length;
  if (count > MAX_BINDINGS) {
    faults.push({
      where: config.whereIs(["secrets", "required"]),
      what: `${count} variables and secrets; a Worker takes at most ${MAX_BINDINGS} (10055)`,
      fix: "Put some of them together into one JSON secret.",
    });
  }
  return faults;
}
