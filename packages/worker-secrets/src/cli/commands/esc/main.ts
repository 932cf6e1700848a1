import { statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { evaluate, hasErrors, placeOf, valueToJson } from "@worker-secrets/esc";
import { argumentFault } from "../../terminal/argument-fault.ts";
import { reportError } from "../../terminal/command.ts";
import { note, print, printValues } from "../../terminal/output.ts";
import { environmentFiles, noKey, UnreadableFile } from "./files.ts";
import { redacted } from "./redact.ts";
import { showDiagnostic } from "./show.ts";

const usage = `Usage: npx worker-secrets esc check|eval FILE [--show-secrets] [--json] [--env-dir DIR]

Evaluates an ESC definition without any service and prints its values as JSON.

  check            does not call providers; what they would answer is [unknown]
  eval             opens everything; there are no cloud providers here, so calling one is an error
  --show-secrets   prints secrets instead of [secret]
  --json           prints the API's JSON instead, with expressions, schema and traces; in it, too, secrets are
                   [secret] unless --show-secrets is given
  --env-dir DIR    where imports are: project/env is DIR/project/env.yaml, env is DIR/env.yaml or
                   DIR/default/env.yaml. Default: the folder of FILE. Versions (env@2) are not
                   resolvable from files: the file as it is stands for all of them, with a warning

Diagnostics go to stderr as file:line:column: severity: text. Ends with 0, with 1 if there are errors, with 2 for
wrong usage.`;

const origin = { line: 0, column: 0, byte: 0 };

try {
  process.exitCode = run();
} catch (error) {
  process.exitCode = reportError(error, false);
}

function run(): number {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    return wrong(argumentFault(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    print(usage);
    return 0;
  }
  const [command, given, ...rest] = positionals;
  if (command !== "check" && command !== "eval") return wrong("the command must be check or eval");
  if (given === undefined || rest.length > 0) return wrong("exactly one FILE is needed");

  // npm runs scripts in the project's folder and says where the user was.
  const here = (process.env.npm_lifecycle_event === "esc" && process.env.INIT_CWD) || process.cwd();
  const path = resolve(here, given);
  const folder = values["env-dir"] === undefined ? dirname(path) : resolve(here, values["env-dir"]);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return wrong("what --env-dir names is not a folder");
  const files = environmentFiles(folder);
  let root: { name: string; text: string };
  try {
    root = files.readRoot(path);
  } catch (error) {
    // The usage was right; the help would only hide what is wrong. The name is not shown: a value may stand in its place.
    note(`FILE can't be read: ${error instanceof UnreadableFile ? error.message : systemCode(error)}`);
    return 2;
  }
  return evaluateFile(root, files, {
    here,
    mode: command === "check" ? "check" : "open",
    json: values.json ?? false,
    showSecrets: values["show-secrets"] ?? false,
  });
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      "show-secrets": { type: "boolean" },
      json: { type: "boolean" },
      "env-dir": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
}

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "it is unreadable";
}

function wrong(what: string): number {
  note(`${what}\n\n${usage}`);
  return 2;
}

interface Options {
  readonly here: string;
  readonly mode: "check" | "open";
  readonly json: boolean;
  readonly showSecrets: boolean;
}

function evaluateFile(
  root: { name: string; text: string },
  files: ReturnType<typeof environmentFiles>,
  { here, mode, json, showSecrets }: Options,
): number {
  const { environment, diagnostics } = evaluate({
    ...root,
    loader: files,
    decrypter: noKey,
    mode,
    showSecrets,
    context: { pulumi: { user: { id: "local", login: "local" }, organization: { login: "local" } } },
  });
  for (const diagnostic of diagnostics) {
    const range = placeOf(diagnostic);
    const file = files.read.get(range?.environment ?? root.name);
    note(
      showDiagnostic(
        { ...diagnostic, ...(range && { range }) },
        file && { ...file, path: relative(here, file.path) },
      ),
    );
  }
  for (const name of files.ignoredVersions)
    note(`warning: ${name}: files have no versions; the file as it is was used`);

  const failed = hasErrors(diagnostics);
  if (json) {
    const message = `Bad Request: environment '${root.name}' is invalid`;
    const warnings = mode === "open" || diagnostics.length === 0 ? {} : { diagnostics };
    const shown = showSecrets || !environment ? environment : redacted(environment);
    printValues(failed ? { code: 400, message, diagnostics } : { ...shown, ...warnings });
  } else if (!failed) {
    const nowhere = { environment: "", begin: origin, end: origin };
    const value = { value: environment?.properties ?? {}, trace: { def: nowhere } };
    printValues(valueToJson(value, { redact: !showSecrets }));
  }
  return failed ? 1 : 0;
}
