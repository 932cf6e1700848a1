import { isAbsolute, join, relative } from "node:path";
import * as v from "valibot";
import type { Fault } from "../faults.ts";
import { NAMESPACE } from "./config-keys.ts";
import { jsonOrText } from "./json-or-text.ts";

/** Where the resource behind a binding comes from, when the wrangler file does not say or another is meant here. */
export type ResourceSource =
  /** Made elsewhere: a KV namespace's or D1 database's id, an R2 bucket's or queue's name. */
  | { readonly from: "id"; readonly id: string }
  /** An output of another stack, `[organization/]project/stack`, that holds such an id. */
  | { readonly from: "output"; readonly stack: string; readonly output: string }
  /** Declared by this stack, under this name. Default: `<scriptName>-<binding>`, in lower case with dashes. */
  | { readonly from: "declare"; readonly name: string | undefined }
  /** Passed by the program to the Worker's constructor. */
  | { readonly from: "program" };

/** One entry of the config key `workers`. */
export interface WorkerEntry {
  /** Absolute path of the folder with the wrangler file. */
  readonly directory: string;
  /** The same, as the config has it. */
  readonly shownAs: string;
  /** Name of the resource and of the Worker's part of the values. Default: wrangler's `name`. */
  readonly name: string | undefined;
  /** Name of the script in the account. Default: `<wrangler's name>-<stack>`. */
  readonly scriptName: string | undefined;
  /** The wrangler file, relative to the folder. Default: the one that wrangler finds there. */
  readonly config: string | undefined;
  /** The `env` block of the wrangler file; empty for the top level. Default: the one called as the stack, if there is one. */
  readonly environment: string | undefined;
  /** Names that the top level declares and the block leaves out on purpose (`NAME`, `define.NAME`, or a key). */
  readonly leftOut: readonly string[];
  /** Lines of an ignore file: more names that must not be among the static assets, or fewer, with `!` before them. */
  readonly privateFiles: readonly string[];
  /** Secrets that somebody else puts on this Worker: bound as `inherit`, never read or written. */
  readonly externalSecrets: readonly string[];
  /** Secrets that are bound where a value exists, and are not missed where none does. */
  readonly optionalSecrets: readonly string[];
  /** Secrets whose values the program passes to the Worker's constructor; the Environment has none for them. */
  readonly programSecrets: readonly string[];
  /** Variables of the deployer's shell that the Worker's build gets (`build.env`); it gets no others. */
  readonly buildVariables: readonly string[];
  /** Take over a Worker of this name that something else made. */
  readonly adopt: boolean;
  /** Bindings on the Worker that the next upload may take away although somebody else put them there. */
  readonly dropBindings: readonly string[];
  /** Refuse what would delete the Worker's script or data, also where the stack is not production. */
  readonly protect: boolean;
  /** The next update after this one may remove the Worker or its data. */
  readonly allowRemoval: boolean;
  /** Id of a deployment that somebody else made and the next upload may overwrite. */
  readonly overwriteDeployment: string | undefined;
  /** By binding name. */
  readonly resources: ReadonlyMap<string, ResourceSource>;
}

const text = v.pipe(v.string("must be a text"), v.nonEmpty("is empty"));
const names = v.optional(v.array(text, "must be a list of names"), []);
const unknownKey = (known: string) => (issue: v.BaseIssue<unknown>) =>
  issue.expected === "never" ? `is not known; known are ${known}` : "must be an object";

/** Types of the bindings that a key of `resources` can name. A workflow belongs to its Worker. */
export const RESOURCE_TYPES: readonly string[] = ["kv_namespace", "d1", "r2_bucket", "queue"];

const SOURCE_FORMS = "must be {id: …}, {stack: …, output: …}, {declare: true, name: …} or {program: true}";
const source = v.union(
  [
    v.strictObject({ id: text }),
    v.strictObject({ stack: text, output: text }),
    v.strictObject({ declare: v.literal(true), name: v.optional(text) }),
    v.strictObject({ program: v.literal(true) }),
  ],
  SOURCE_FORMS,
);

/**
 * A build runs code of all the project's packages. The credentials of a deployment are not for it, and what steers a runtime would change
 * wrangler itself.
 */
function mayReachBuild(name: string): boolean {
  return !/^(PULUMI_|CLOUDFLARE_|CF_|WRANGLER_|AWS_|GITHUB_TOKEN$|ACTIONS_|NODE_|LD_|DYLD_|PATH$|HOME$)/i.test(
    name,
  );
}

const entry = v.strictObject(
  {
    directory: text,
    name: v.optional(
      v.pipe(text, v.regex(/^[A-Za-z][\w-]*$/, "may hold letters, digits, _ and -, a letter first")),
    ),
    scriptName: v.optional(text),
    config: v.optional(text),
    environment: v.optional(v.string("must be a text")),
    leftOut: names,
    privateFiles: names,
    externalSecrets: names,
    optionalSecrets: names,
    programSecrets: names,
    build: v.optional(
      v.strictObject(
        {
          env: v.array(
            v.pipe(
              text,
              v.check(mayReachBuild, "holds a credential or steers the runtime, which no build gets"),
            ),
          ),
        },
        unknownKey("env"),
      ),
      { env: [] },
    ),
    adopt: v.optional(v.boolean("must be true or false"), false),
    dropBindings: names,
    protect: v.optional(
      v.literal(true, "must be true, or left out; 'allowRemoval: true' permits to remove it"),
      undefined,
    ),
    allowRemoval: v.optional(v.boolean("must be true or false"), false),
    overwriteDeployment: v.optional(text),
    resources: v.optional(v.record(v.string(), source, "must be an object"), {}),
  },
  unknownKey(
    "directory, config, name, scriptName, environment, leftOut, privateFiles, externalSecrets, optionalSecrets, programSecrets, build, adopt, dropBindings, protect, allowRemoval, overwriteDeployment, resources",
  ),
);

const schema = v.pipe(
  v.array(v.union([text, entry], "must be a folder or an object with 'directory'"), "must be a list"),
  v.minLength(1, "is empty"),
);

/**
 * Parses the config key `workers`: a folder, or a list whose members are folders or objects. `raw` is the config's
 * text (JSON where it is structured); absent, the one Worker is in `worker/`. `where` names the key in messages.
 */
export function parseWorkerEntries(
  raw: string | undefined,
  root: string,
  where: string,
  faults: Fault[],
): WorkerEntry[] {
  const given = raw === undefined ? ["worker"] : structuredOrText(raw);
  if (typeof given === "string" && isStructured(given)) {
    faults.push({
      where,
      what: "'workers' begins as a list or an object, but is not valid JSON",
      fix: `Write it into ${where.split(",")[0]} as YAML, or: pulumi config set --path '${NAMESPACE}:workers[0]' FOLDER`,
    });
    return [];
  }
  const parsed = v.safeParse(schema, typeof given === "string" ? [given] : given);
  if (!parsed.success) {
    for (const issue of deepest(parsed.issues)) {
      const path = (issue.path ?? []).map(({ key }) =>
        typeof key === "number" ? `[${key}]` : `.${String(key)}`,
      );
      faults.push({
        where,
        what: `'workers${path.join("")}' ${issue.message}`,
        fix: "Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
      });
    }
    return [];
  }
  return parsed.output.map((one) =>
    toEntry(typeof one === "string" ? { ...DEFAULTS, directory: one } : one, root),
  );
}

const DEFAULTS = {
  leftOut: [],
  privateFiles: [],
  externalSecrets: [],
  optionalSecrets: [],
  programSecrets: [],
  build: { env: [] },
  adopt: false,
  dropBindings: [],
  allowRemoval: false,
  overwriteDeployment: undefined,
  resources: {},
};

/** Parses the config key `allowRemoval`: a Worker's name, or a list of names. */
export function parseAllowRemoval(
  raw: string | undefined,
  where: string,
  faults: Fault[],
): readonly string[] {
  if (raw === undefined) return [];
  const given = structuredOrText(raw);
  const parsed = v.safeParse(
    v.array(text),
    typeof given === "string" && !isStructured(given) ? [given] : given,
  );
  if (parsed.success) return parsed.output;
  faults.push({
    where,
    what: "it is not a list of Workers' names",
    fix: "Write a list of names as YAML, or take the key out.",
  });
  return [];
}

function toEntry(given: v.InferOutput<typeof entry>, root: string): WorkerEntry {
  const directory = isAbsolute(given.directory) ? given.directory : join(root, given.directory);
  return {
    directory,
    shownAs: relative(root, directory) || ".",
    name: given.name,
    scriptName: given.scriptName,
    config: given.config,
    environment: given.environment,
    leftOut: given.leftOut,
    privateFiles: given.privateFiles,
    externalSecrets: given.externalSecrets,
    optionalSecrets: given.optionalSecrets,
    programSecrets: given.programSecrets,
    buildVariables: given.build.env,
    adopt: given.adopt,
    dropBindings: given.dropBindings,
    protect: given.protect ?? false,
    allowRemoval: given.allowRemoval,
    overwriteDeployment: given.overwriteDeployment,
    resources: new Map(Object.entries(given.resources).map(([name, one]) => [name, toSource(one)])),
  };
}

function toSource(given: v.InferOutput<typeof source>): ResourceSource {
  if ("id" in given) return { from: "id", id: given.id };
  if ("stack" in given) return { from: "output", stack: given.stack, output: given.output };
  return "program" in given ? { from: "program" } : { from: "declare", name: given.name };
}

/** A union's own issue says only that nothing fits; where the member's form is clear, its issues say what is wrong. */
function deepest(issues: readonly v.BaseIssue<unknown>[]): v.BaseIssue<unknown>[] {
  return issues.flatMap((issue) => {
    // A list is no entry, and of a resource it is not clear which form was meant.
    const isEntry = typeof issue.input === "object" && issue.input !== null && !Array.isArray(issue.input);
    const inner = isEntry && issue.message !== SOURCE_FORMS ? (issue.issues ?? []) : [];
    const within = inner.filter(({ path }) => path !== undefined && path.length > 0);
    if (within.length === 0 || issue.kind !== "schema") return [issue];
    return deepest(within).map(
      (one) => ({ ...one, path: [...(issue.path ?? []), ...(one.path ?? [])] }) as typeof issue,
    );
  });
}

const isStructured = (raw: string) => /^\s*[[{]/.test(raw);

/** A folder or a name may look like JSON's `true` or a number. */
const structuredOrText = (raw: string) => (isStructured(raw) ? jsonOrText(raw) : raw);
