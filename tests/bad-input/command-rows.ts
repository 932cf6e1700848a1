import { GOOD } from "../helpers/worker-folder.ts";
import { CANARY } from "./row.ts";

/** A command that can't be meant, and everything that it prints on standard error. */
export interface CommandRow {
  readonly title: string;
  /** The file of this repository that is run, and its arguments. */
  readonly run: readonly string[];
  /** Over the variables that name the sandbox; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer;
  /** Files of the project that are other than they should be. */
  readonly files?: Readonly<Record<string, string>>;
  readonly code: 1 | 2;
  /** `$ROOT` stands for the project's folder, `$PULUMI` and `$CLOUDFLARE` for the sandbox's addresses, `$ACCOUNT` for its account, `$HELP` for the help that follows. */
  readonly text: string;
}

const ws = (...args: string[]) => ["packages/worker-secrets/src/cli/ws.ts", ...args];
const initBy = (input: string | Buffer, ...more: string[]) => ({
  run: ws("init", "dev", "--values", "-", ...more),
  input,
  code: 1 as const,
});
/** 36 values of 4.2 KB. */
const MANY = Object.fromEntries(
  Array.from({ length: 36 }, (_, index) => [`KEY_${index}`, CANARY.padEnd(4200, "x")] as const),
);
const FORMS = {
  "worker/secret-forms.json": '{"API_KEY": {"minLength": 32}, "TOP_SECRET": {"format": "uuid"}}',
};
const LONG = CANARY.padEnd(5121, "x");

/** `ws` that is called in a way that it does not have. */
export const usageRows: readonly CommandRow[] = [
  {
    title: "ws: a command that is none",
    run: ws("deploy"),
    code: 2,
    text: ["error: unknown command 'deploy'", "See: npx worker-secrets --help"].join("\n"),
  },
  {
    title: "ws: a misspelt command",
    run: ws("rotat", "API_KEY"),
    code: 2,
    text: ["error: unknown command 'rotat'", "(Did you mean rotate?)", "See: npx worker-secrets --help"].join(
      "\n",
    ),
  },
  {
    title: "ws: an option that is none",
    run: ws("drift", "--colour"),
    code: 2,
    text: ["error: unknown option '--colour'", "See: npx worker-secrets drift --help"].join("\n"),
  },
  {
    title: "ws: an option without its value",
    run: ws("drift", "--stack"),
    code: 2,
    text: [
      "error: option '-s, --stack <name>' argument missing",
      "See: npx worker-secrets drift --help",
    ].join("\n"),
  },
  {
    title: "ws init: two stacks",
    run: ws("init", "dev", "prod"),
    code: 2,
    text: [
      "error: too many arguments for 'init'. Expected 1 argument but got 2. Values are never read from the command line.",
      "See: npx worker-secrets init --help",
    ].join("\n"),
  },
  {
    title: "ws adopt: no script",
    run: ws("adopt"),
    code: 2,
    text: ["error: missing required argument 'script'", "See: npx worker-secrets adopt --help"].join("\n"),
  },
  {
    title: "ws promote: one stack",
    run: ws("promote", "dev"),
    code: 2,
    text: ["error: name the stack that gets them: TO", "See: npx worker-secrets promote --help"].join("\n"),
  },
  {
    title: "ws rotate: nothing named",
    run: ws("rotate"),
    code: 2,
    text: ["error: name a secret, or write --token", "See: npx worker-secrets rotate --help"].join("\n"),
  },
  {
    title: "ws rotate: a secret and the token",
    run: ws("rotate", "API_KEY", "--token"),
    code: 2,
    text: ["error: name a secret or write --token, not both", "See: npx worker-secrets rotate --help"].join(
      "\n",
    ),
  },
  {
    title: "ws rotate: two sources",
    run: ws("rotate", "API_KEY", "--generate", "--rotator"),
    code: 2,
    text: [
      "error: --generate, --value, --rotator, --platform and --end-overlap exclude each other",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: begin and end",
    run: ws("rotate", "API_KEY", "--overlap", "--end-overlap"),
    code: 2,
    text: [
      "error: --overlap and --end-overlap exclude each other",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: a token that is made up",
    run: ws("rotate", "--token", "--generate"),
    code: 2,
    text: ["error: --token takes --value or --platform", "See: npx worker-secrets rotate --help"].join("\n"),
  },
  {
    title: "ws rotate: --platform for a secret",
    run: ws("rotate", "API_KEY", "--platform"),
    code: 2,
    text: ["error: --platform goes with --token", "See: npx worker-secrets rotate --help"].join("\n"),
  },
  {
    title: "ws init: --raw for nothing",
    run: ws("init", "dev", "--raw"),
    code: 2,
    text: ["error: --raw goes with --values -", "See: npx worker-secrets init --help"].join("\n"),
  },
  {
    title: "ws adopt: --raw for nothing",
    run: ws("adopt", "old", "--raw"),
    code: 2,
    text: ["error: --raw goes with --values -", "See: npx worker-secrets adopt --help"].join("\n"),
  },
  {
    title: "ws rotate: --raw for nothing",
    run: ws("rotate", "API_KEY", "--generate", "--raw"),
    code: 2,
    text: ["error: --raw goes with --value -", "See: npx worker-secrets rotate --help"].join("\n"),
  },
  {
    title: "ws: NAME=VALUE for a command",
    run: ws(`API_KEY=${CANARY}`),
    code: 2,
    text: ["error: the first word is no command", "See: npx worker-secrets --help"].join("\n"),
  },
  {
    title: "ws: an option that is none, with a value",
    run: ws("rotate", "API_KEY", `--valeu=${CANARY}`),
    code: 2,
    text: ["error: unknown option '--valeu'", "See: npx worker-secrets rotate --help"].join("\n"),
  },
  {
    title: "ws: a value that begins as an option does",
    run: ws("rotate", "API_KEY", `-----BEGIN ${CANARY}`),
    code: 2,
    text: ["error: a word that begins with '-' is no option", "See: npx worker-secrets rotate --help"].join(
      "\n",
    ),
  },
  {
    title: "ws dev: NAME=VALUE where nothing is run",
    run: ws("dev", "--write", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: --write runs no command, so nothing can be passed to one",
      "See: npx worker-secrets dev --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: a value beside the name",
    run: ws("rotate", "API_KEY", CANARY),
    code: 2,
    text: [
      "error: too many arguments for 'rotate'. Expected 1 argument but got 2. Values are never read from the command line.",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: NAME=VALUE",
    run: ws("rotate", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: argument 'name': 'API_KEY=…' is no name; values are never read from the command line",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: base64 in the place of the name",
    run: ws("rotate", `${CANARY.toUpperCase().replaceAll("-", "")}=`),
    code: 2,
    text: [
      "error: argument 'name': what holds a '=' is no name; values are never read from the command line",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: a value in the place of the name",
    run: ws("rotate", CANARY, "--generate"),
    code: 2,
    text: [
      "error: the first argument is no secret's name; values are never read from the command line",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: a value on the command line",
    run: ws("rotate", "API_KEY", "--value", CANARY),
    code: 2,
    text: [
      "error: option '--value <->': it is not '-'; values are never read from the command line. Write '-' and give them on standard input",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: --verify-url is no address",
    run: ws("rotate", "API_KEY", "--generate", "--verify-url", "notaurl"),
    code: 2,
    text: [
      "error: option '--verify-url <url>': it is no address. Write https://HOST/PATH",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: --verify-url without an up",
    run: ws("rotate", "API_KEY", "--generate", "--no-up", "--verify-url", "https://a.example"),
    code: 2,
    text: [
      "error: --verify-url and --no-up exclude each other",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: a token for a time that is none",
    run: ws("rotate", "--token", "--platform", "--expires", "soon"),
    code: 2,
    text: [
      "error: option '--expires <days>': it is no number of days. Write it as 90d",
      "See: npx worker-secrets rotate --help",
    ].join("\n"),
  },
  {
    title: "ws rotate: an end for a secret",
    run: ws("rotate", "API_KEY", "--generate", "--expires", "3d"),
    code: 2,
    text: ["error: --expires goes with --token --platform", "See: npx worker-secrets rotate --help"].join(
      "\n",
    ),
  },
  {
    title: "ws rotate: an end for a token that is given",
    run: ws("rotate", "--token", "--value", "-", "--expires", "3d"),
    code: 2,
    text: ["error: --expires goes with --token --platform", "See: npx worker-secrets rotate --help"].join(
      "\n",
    ),
  },
  {
    title: "ws rotate: a token that is not deployed",
    run: ws("rotate", "--token", "--platform", "--no-up"),
    code: 2,
    text: ["error: --token takes --value or --platform", "See: npx worker-secrets rotate --help"].join("\n"),
  },
  {
    title: "ws init: values on the command line",
    run: ws("init", "dev", "--values", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: option '--values <->': it is not '-'; values are never read from the command line. Write '-' and give them on standard input",
      "See: npx worker-secrets init --help",
    ].join("\n"),
  },
  {
    title: "ws init: NAME=VALUE in the place of the stack",
    run: ws("init", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: argument 'stack': 'API_KEY=…' is no name; values are never read from the command line",
      "See: npx worker-secrets init --help",
    ].join("\n"),
  },
  {
    title: "ws init: NAME=VALUE behind the stack",
    run: ws("init", "dev", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: too many arguments for 'init'. Expected 1 argument but got 2. Values are never read from the command line.",
      "See: npx worker-secrets init --help",
    ].join("\n"),
  },
  {
    title: "ws init: --generate NAME=VALUE",
    run: ws("init", "dev", "--generate", "TOP_SECRET", "--generate", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: option '--generate <NAME>': 'API_KEY=…' is no name; values are never read from the command line",
      "See: npx worker-secrets init --help",
    ].join("\n"),
  },
  {
    title: "ws init: --replace NAME=VALUE",
    run: ws("init", "dev", "--replace", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: option '--replace <NAME>': 'API_KEY=…' is no name; values are never read from the command line",
      "See: npx worker-secrets init --help",
    ].join("\n"),
  },
  {
    title: "ws adopt: --external NAME=VALUE",
    run: ws("adopt", "worker", "--external", `API_KEY=${CANARY}`),
    code: 2,
    text: [
      "error: option '--external <NAME>': 'API_KEY=…' is no name; values are never read from the command line",
      "See: npx worker-secrets adopt --help",
    ].join("\n"),
  },
  {
    title: "ws promote: an empty pin",
    run: ws("promote", "dev", "prod", "--pin", ""),
    code: 2,
    text: [
      "error: option '--pin <revision>': it is no revision's number or tag, nor latest-number",
      "See: npx worker-secrets promote --help",
    ].join("\n"),
  },
  {
    title: "ws rollback: a version that is none",
    run: ws("rollback", "--to", "abc"),
    code: 2,
    text: [
      "error: option '--to <version>': it is no version's number. List them: pulumi stack history",
      "See: npx worker-secrets rollback --help",
    ].join("\n"),
  },
];

/** `ws` on a project with what it is given. */
export const givenRows: readonly CommandRow[] = [
  {
    title: "--stack: a name with a space",
    run: ws("drift", "--stack", "a b"),
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the stack (--stack, PULUMI_STACK): what is given is no stack's name (letters, digits, '-', '_' and '.')",
      "    Write --stack NAME or --stack ORGANIZATION/NAME.",
    ].join("\n"),
  },
  {
    title: "--stack: a path of four",
    run: ws("drift", "--stack", "a/b/c/d"),
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the stack (--stack, PULUMI_STACK): what is given is no stack's name (letters, digits, '-', '_' and '.')",
      "    Write --stack NAME or --stack ORGANIZATION/NAME.",
    ].join("\n"),
  },
  {
    title: "--stack: the stack of another project, which has one of that name here",
    run: ws("teardown", "--stack", "sandbox/other/dev", "--yes", "dev"),
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the stack (--stack, PULUMI_STACK): what is given is a stack of another project, and this folder is the project 'bad'",
      "    Run the command in that project's folder (or with its --root), or name a stack of this one: --stack ORGANIZATION/NAME",
    ].join("\n"),
  },
  ...["teardown", "drift", "promote", "init"].map((command) => ({
    title: `ws ${command}: 'prod' that can't be read`,
    run: ws(
      command,
      ...({ teardown: ["--yes", "dev"], promote: ["staging", "dev", "--yes"], init: ["dev"] }[command] ?? []),
    ),
    files: { "Pulumi.dev.yaml": "environment: [bad/dev]\nconfig: {worker-secrets:prod: yes}\n" },
    code: 1 as const,
    text: [
      "One problem found; nothing was changed.",
      "  - Pulumi.dev.yaml, worker-secrets:prod: 'yes' is neither true nor false",
      "    Set it: pulumi config set worker-secrets:prod true --stack dev",
    ].join("\n"),
  })),
  {
    title: "--root: a folder that is not there",
    run: ws("drift", "--root", "nowhere"),
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - $ROOT/nowhere/Pulumi.yaml: the project's file can't be read, or has no 'name'",
      "    Run the command in the project's folder, or mend the file.",
    ].join("\n"),
  },
  {
    title: "--json: the same as an object",
    run: ws("drift", "--root", "nowhere", "--json"),
    code: 1,
    text: '{"ok":false,"message":"One problem found; nothing was changed.\\n  - $ROOT/nowhere/Pulumi.yaml: the project\'s file can\'t be read, or has no \'name\'\\n    Run the command in the project\'s folder, or mend the file.","faults":[{"where":"$ROOT/nowhere/Pulumi.yaml","what":"the project\'s file can\'t be read, or has no \'name\'","fix":"Run the command in the project\'s folder, or mend the file."}],"effect":[{"kind":"none"}]}',
  },
  {
    title: "Pulumi.yaml: no name",
    run: ws("drift"),
    files: { "Pulumi.yaml": "runtime: nodejs\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - $ROOT/Pulumi.yaml: the project's file can't be read, or has no 'name'",
      "    Run the command in the project's folder, or mend the file.",
    ].join("\n"),
  },
  {
    title: "Pulumi.yaml: no YAML",
    run: ws("drift"),
    files: { "Pulumi.yaml": "name: [\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - $ROOT/Pulumi.yaml:2:1: the project's file is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
      "    Mend the file.",
    ].join("\n"),
  },
  {
    title: "Pulumi.dev.yaml: no YAML",
    run: ws("drift"),
    files: { "Pulumi.dev.yaml": "config: [\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - Pulumi.dev.yaml: it is not a YAML mapping (Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1:)",
      "    Mend the file.",
    ].join("\n"),
  },
  {
    title: "Pulumi.dev.yaml: a list",
    run: ws("drift"),
    files: { "Pulumi.dev.yaml": "- a\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - Pulumi.dev.yaml: it is not a YAML mapping (it holds something else)",
      "    Mend the file.",
    ].join("\n"),
  },
  {
    title: "a program that is never called",
    run: ws("doctor"),
    files: { "index.ts": "export default async () => ({});\n", "package.json": "{}\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      '  - $ROOT/index.ts: its default export is never called: without "type": "module" in package.json, \'pulumi up\' declares nothing of it and deletes all that the stack has',
      '    Add "type": "module" to package.json, or export the outputs by name (export const …) and declare the resources at the top level.',
    ].join("\n"),
  },
  {
    title: "several stacks, none named",
    run: ws("drift"),
    files: { "Pulumi.prod.yaml": "config: {}\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the stack: none is named, and there are dev, prod",
      "    Name one: --stack NAME",
    ].join("\n"),
  },
  {
    title: "wrangler.jsonc: breaks off",
    run: ws("drift"),
    files: { "worker/wrangler.jsonc": '{"name": ' },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - worker/wrangler.jsonc:1:10: not valid JSONC: value expected",
      "    Correct the file.",
    ].join("\n"),
  },
  {
    title: "ws init: values that are broken JSON",
    ...initBy(`{"API_KEY": "${CANARY}`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "3 problems found; nothing was changed.",
      "  - standard input: it begins as a JSON object but is not valid JSON",
      '    Write {"NAME": "VALUE", …}; a value for one Worker alone as "WORKER.NAME".',
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: values that are no texts",
    ...initBy('{"API_KEY": 1, "TOP_SECRET": ["a"]}'),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "2 problems found; nothing was changed.",
      "  - standard input, 'API_KEY': its value is of the type number, not a text",
      '    Write {"NAME": "VALUE", …}; a value for one Worker alone as "WORKER.NAME".',
      "  - standard input, 'TOP_SECRET': its value is a list, not a text",
      '    Write {"NAME": "VALUE", …}; a value for one Worker alone as "WORKER.NAME".',
    ].join("\n"),
  },
  {
    title: "ws init: lines that are no values",
    ...initBy(`API_KEY=${CANARY}\n${CANARY} of two lines\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "2 problems found; nothing was changed.",
      "  - standard input, line 2: that is no NAME=VALUE; where it goes on with the value above, that value would be cut",
      '    Put a value of several lines in quotes (NAME="…"), or give JSON.',
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: values that dotenv would cut, and a quote that nothing ends",
    ...initBy(`API_KEY=${CANARY} #1\nTOP_SECRET="${CANARY}\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "2 problems found; nothing was changed.",
      "  - standard input, line 1: the value of 'API_KEY' is not in quotes and ends at a '#', which begins a comment",
      '    Put the value in quotes (API_KEY="…"), take a comment out, or have every line taken as it stands: --raw.',
      "  - standard input, line 2: the value of 'TOP_SECRET' begins with a quote that does not end it, and would be stored with that quote",
      '    Close the quotes (TOP_SECRET="…"), or have every line taken as it stands: --raw.',
    ].join("\n"),
  },
  {
    title: "ws init: raw lines that are no values",
    ...initBy(`API_KEY="${CANARY}" #1\n${CANARY} of two lines\nTOP_SECRET='x\n`, "--raw"),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - standard input, line 2: it is not NAME=VALUE",
      "    Give one per line; a value of several lines as JSON, or in quotes and without --raw.",
    ].join("\n"),
  },
  {
    title: "ws init: a name that nobody declares",
    ...initBy(`NOBODY=${CANARY}\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "3 problems found; nothing was changed.",
      "  - standard input, line 1: its name is declared by no Worker of the stack (it is not shown: it may be a part of a value)",
      "    Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET. A value of several lines: in quotes, or as JSON.",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: a value without its name, which looks like one",
    ...initBy("canarybadinputb3BlbnNzbHJhbmRiYXNlNjQ=\nAPI_KEYS=x\n"),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "4 problems found; nothing was changed.",
      "  - standard input, line 1: its name is declared by no Worker of the stack (it is not shown: it may be a part of a value)",
      "    Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET. A value of several lines: in quotes, or as JSON.",
      "  - standard input, line 2: its name is declared by no Worker of the stack; did you mean API_KEY? (it is not shown: it may be a part of a value)",
      "    Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET. A value of several lines: in quotes, or as JSON.",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: the same with --json, on standard output",
    ...initBy(`{"API_KEY":"a","TOP_SECRET":"b","${CANARY}":"c"}`, "--json"),
    text: '{"ok":false,"message":"One problem found; nothing was changed.\\n  - standard input, key 3: its name is declared by no Worker of the stack (it is not shown: it may be a part of a value)\\n    Declare it in \'secrets.required\' of the Worker\'s wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET. A value of several lines: in quotes, or as JSON.","faults":[{"where":"standard input, key 3","what":"its name is declared by no Worker of the stack (it is not shown: it may be a part of a value)","fix":"Declare it in \'secrets.required\' of the Worker\'s wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET. A value of several lines: in quotes, or as JSON."}],"effect":[{"kind":"none"}]}',
  },
  {
    title: "ws init: a name twice in lines",
    ...initBy(`API_KEY=${CANARY}\nTOP_SECRET=x\nAPI_KEY=${CANARY}2\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - standard input, line 3: 'API_KEY' stands there a second time; the first is line 1",
      "    Leave one of the two out.",
    ].join("\n"),
  },
  {
    title: "ws init: a name twice in JSON",
    ...initBy(`{"API_KEY": "${CANARY}", "TOP_SECRET": "x", "API_KEY": "${CANARY}2"}`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - standard input, key 3: 'API_KEY' stands there a second time; the first is key 1",
      "    Leave one of the two out.",
    ].join("\n"),
  },
  {
    title: "ws init: a stored value to be replaced by one that could not be read",
    ...initBy(
      `CLOUDFLARE_API_TOKEN ${CANARY}\nAPI_KEY=a\nTOP_SECRET=b\n`,
      "--replace",
      "CLOUDFLARE_API_TOKEN",
    ),
    text: [
      "Reading what bad/dev has …",
      "One problem found; nothing was changed.",
      "  - standard input, line 1: that is no NAME=VALUE; where it goes on with the value above, that value would be cut",
      '    Put a value of several lines in quotes (NAME="…"), or give JSON.',
    ].join("\n"),
  },
  {
    title: "ws init: a stored value to be replaced by nothing",
    ...initBy("API_KEY=a\nTOP_SECRET=b\n", "--replace", "CLOUDFLARE_API_TOKEN"),
    text: [
      "Reading what bad/dev has …",
      "One problem found; nothing was changed.",
      "  - --replace CLOUDFLARE_API_TOKEN: there is no new value for it",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked.",
    ].join("\n"),
  },
  {
    title: "ws init: a .dev.vars with a text of several lines that is not in quotes",
    run: ws("init", "dev", "--from-dev-vars", "old.vars"),
    files: {
      "old.vars": `API_KEY=a\nTOP_SECRET=-----BEGIN KEY-----\n${CANARY}+/\n${CANARY.replaceAll("-", "")}=\n-----END KEY-----\n`,
    },
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - old.vars, lines 3 and 5: that is no NAME=VALUE, and wrangler's parser drops it; where it goes on with the value above, that value would be cut",
      '    Put a value of several lines in quotes (NAME="…"), or take what is no assignment out.',
    ].join("\n"),
  },
  {
    title: "ws init: a .dev.vars with a value that a '#' ends",
    run: ws("init", "dev", "--from-dev-vars", "old.vars"),
    files: { "old.vars": `API_KEY=${CANARY}#2\nTOP_SECRET=a # note\n` },
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - old.vars, line 1: the value of 'API_KEY' is cut at a '#', which begins a comment there",
      "    Put the value in quotes (API_KEY=\"…\"), or a space before the '#' of a comment.",
    ].join("\n"),
  },
  {
    title: "ws init: a .dev.vars for a Worker that is not there",
    run: ws("init", "dev", "--from-dev-vars", `API_KEY=${CANARY}`, "--values", "-"),
    input: "API_KEY=a\nTOP_SECRET=b\n",
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - --from-dev-vars: what stands before '=' is the name of no Worker of the stack",
      "    Write FILE, or WORKER=FILE with one of: sample",
    ].join("\n"),
  },
  {
    title: "ws init: an empty value",
    ...initBy(`API_KEY=\nTOP_SECRET=${CANARY}\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - standard input, API_KEY: 'API_KEY' is empty",
      "    Give a right value.",
    ].join("\n"),
  },
  {
    title: "ws init: values of another form than the declared one, and a placeholder",
    ...initBy(`API_KEY=${CANARY.slice(0, 14)}\nTOP_SECRET=changeme\n`),
    files: FORMS,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "2 problems found; nothing was changed.",
      "  - standard input, API_KEY: 'API_KEY' has 14 characters; at least 32 are declared",
      "    Give a right value.",
      "  - standard input, TOP_SECRET: 'TOP_SECRET' is a placeholder, as examples show it instead of a value",
      "    Give a right value.",
    ].join("\n"),
  },
  {
    title: "ws init: a generated key of another form than the declared one",
    run: ws("init", "dev", "--generate", "API_KEY", "--generate", "TOP_SECRET"),
    files: FORMS,
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - generated, TOP_SECRET: 'TOP_SECRET' is not a UUID",
      "    Give a right value.",
    ].join("\n"),
  },
  {
    title: "ws rotate: a value of another form than the declared one",
    run: ws("rotate", "API_KEY", "--value", "-"),
    input: CANARY.slice(0, 14),
    files: FORMS,
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - standard input: 'API_KEY' has 14 characters; at least 32 are declared",
      "    Give the value there: ws rotate NAME --value - < FILE",
    ].join("\n"),
  },
  {
    title: "ws rotate: a generated key of another form than the declared one",
    run: ws("rotate", "TOP_SECRET", "--generate"),
    files: FORMS,
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - --generate TOP_SECRET: a generated key has 43 characters of base64url, and that is not the declared form: 'TOP_SECRET' is not a UUID",
      "    Give a value of that form: --value -",
    ].join("\n"),
  },
  {
    title: "ws init: more values than a program can be started with",
    ...initBy(JSON.stringify(MANY)),
    files: { "worker/wrangler.jsonc": JSON.stringify({ ...GOOD, secrets: { required: Object.keys(MANY) } }) },
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - Environment bad/dev-secrets: the stack's config with its values takes 152030 bytes of the 131072 that Linux gives one variable (PULUMI_CONFIG), so 'pulumi preview' and 'pulumi up' can't start there (\"argument list too long\"); the largest values: KEY_0 4204, KEY_1 4204, KEY_10 4204, KEY_11 4204, KEY_12 4204 and 31 more",
      "    Take out what no Worker declares, keep what is large and not secret elsewhere (vars, KV), or give some of the Workers a stack of their own.",
    ].join("\n"),
  },
  {
    title: "ws init: a value over 5 KB",
    ...initBy(`API_KEY=${LONG}\nTOP_SECRET=x\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - standard input, API_KEY: 'API_KEY' has 5121 bytes; a Worker's secret takes at most 5120 (10054)",
      "    Give a right value.",
    ].join("\n"),
  },
  {
    title: "ws init: a name for a Worker that is not there",
    ...initBy(`other.API_KEY=${CANARY}\n`),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "3 problems found; nothing was changed.",
      "  - standard input, line 1: it is for a Worker that the stack does not have: what stands before '.API_KEY' is the name of none (it is not shown: it may be a part of a value)",
      "    Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET. A value of several lines: in quotes, or as JSON.",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: an account id that is none",
    ...initBy(
      "CLOUDFLARE_ACCOUNT_ID=my-account\nAPI_KEY=a\nTOP_SECRET=b\n",
      "--replace",
      "CLOUDFLARE_ACCOUNT_ID",
    ),
    text: [
      "Reading what bad/dev has …",
      "One problem found; nothing was changed.",
      "  - standard input, CLOUDFLARE_ACCOUNT_ID: an account id has 32 hexadecimal digits, in lower case (dashboard: Workers & Pages, on the right)",
      "    Give a right value.",
    ].join("\n"),
  },
  {
    title: "ws init: a token of the wrong form",
    ...initBy(
      `CLOUDFLARE_API_TOKEN=${CANARY}\nAPI_KEY=a\nTOP_SECRET=b\n`,
      "--replace",
      "CLOUDFLARE_API_TOKEN",
    ),
    text: [
      "Reading what bad/dev has …",
      "One problem found; nothing was changed.",
      "  - standard input, CLOUDFLARE_API_TOKEN: a token has 40 to 80 letters, digits, _ or -; this one has 17 characters or others",
      "    Give a right value.",
    ].join("\n"),
  },
  {
    title: "ws init: a token that nobody knows",
    ...initBy(
      `CLOUDFLARE_API_TOKEN=${CANARY.padEnd(44, "x")}\nAPI_KEY=a\nTOP_SECRET=b\n`,
      "--replace",
      "CLOUDFLARE_API_TOKEN",
    ),
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - the deploy token (standard input): Cloudflare does not know it: not as a user's token and not as one of this account",
      "    Make one in the dashboard (template 'Edit Cloudflare Workers', for this account) and give it; a stored one is replaced by --replace CLOUDFLARE_API_TOKEN.",
    ].join("\n"),
  },
  {
    title: "ws init: nothing given, and nobody to ask",
    run: ws("init", "dev"),
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "2 problems found; nothing was changed.",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: a .dev.vars that is not there",
    run: ws("init", "dev", "--from-dev-vars", "none"),
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "3 problems found; nothing was changed.",
      "  - --from-dev-vars: the file can't be read (ENOENT)",
      "    Name another: --from-dev-vars FILE",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: an Environment that is not there",
    run: ws("init", "dev", "--from-vars", "kept/nobody"),
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "3 problems found; nothing was changed.",
      "  - --from-vars, Environment kept/nobody: it can't be opened: Environment 'sandbox/kept/nobody' not found",
      "    List those that are there: pulumi env ls",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: a key for a name that nobody declares",
    run: ws("init", "dev", "--generate", "NOBODY"),
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "3 problems found; nothing was changed.",
      "  - --generate: 'NOBODY' is declared by no Worker of the stack, so nothing would use it",
      "    Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET",
      "  - worker/wrangler.jsonc:7:7: 'API_KEY' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate API_KEY",
      "  - worker/wrangler.jsonc:8:7: 'TOP_SECRET' has no value",
      "    Give it by --values - (NAME=VALUE lines or JSON on standard input), --from-process, --from-dev-vars FILE, --from-vars ENVIRONMENT, or in a terminal to be asked. For a key that nobody chose: --generate TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws init: replacing a name that nobody declares",
    run: ws("init", "dev", "--replace", "NOBODY", "--generate", "API_KEY", "--generate", "TOP_SECRET"),
    code: 1,
    text: [
      "Reading what bad/dev has …",
      "Checking the token against the account …",
      "One problem found; nothing was changed.",
      "  - --replace: 'NOBODY' is declared by no Worker of the stack, so nothing would use it",
      "    Declare it in 'secrets.required' of the Worker's wrangler file (the Workers are listed in Pulumi.dev.yaml), or leave it out. Declared are: CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, API_KEY, TOP_SECRET",
    ].join("\n"),
  },
  {
    title: "ws rotate: a name that nobody declares",
    run: ws("rotate", "NOBODY", "--generate"),
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - secret 'NOBODY': no Worker declares it",
      "    Declare it at worker/wrangler.jsonc:6:5.",
    ].join("\n"),
  },
  {
    title: "ws rotate: an empty value",
    run: ws("rotate", "API_KEY", "--value", "-"),
    input: "\n",
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - standard input: 'API_KEY' is empty",
      "    Give the value there: ws rotate NAME --value - < FILE",
    ].join("\n"),
  },
  ...(
    [
      [
        "a value in quotes",
        `"${CANARY}"\n`,
        "the value stands in quotes, which would be stored as a part of it",
      ],
      [
        "NAME=VALUE on standard input",
        `API_KEY=${CANARY}`,
        "it begins with 'API_KEY=', which would be stored as a part of the value",
      ],
    ] as const
  ).map(
    ([title, input, what]): CommandRow => ({
      title: `ws rotate: ${title}`,
      run: ws("rotate", "API_KEY", "--value", "-"),
      input,
      code: 1,
      text: [
        "Reading bad/dev-secrets …",
        "One problem found; nothing was changed.",
        `  - standard input: ${what}`,
        "    Give the value alone, without quotes; or store it as it stands: ws rotate NAME --value - --raw < FILE",
      ].join("\n"),
    }),
  ),
  {
    title: "ws rotate: a value that is no UTF-8",
    run: ws("rotate", "API_KEY", "--value", "-"),
    input: Buffer.from(`${CANARY}caf\xe9`, "latin1"),
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - standard input: it is not UTF-8: encode binary data, as base64 for one",
      "    Pipe it in: ws rotate NAME --value - < FILE",
    ].join("\n"),
  },
  {
    title: "ws rotate: a value with a NUL",
    run: ws("rotate", "API_KEY", "--value", "-"),
    input: `${CANARY}\0`,
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - standard input: 'API_KEY' holds a control character other than a tab or a line end: encode binary data, as base64 for one",
      "    Give the value there: ws rotate NAME --value - < FILE",
    ].join("\n"),
  },
  {
    title: "ws init: values that are no UTF-8",
    ...initBy(Buffer.from(`API_KEY=${CANARY}\xe9\n`, "latin1")),
    text: [
      "One problem found; nothing was changed.",
      "  - standard input: it is not UTF-8: encode binary data, as base64 for one",
      "    Pipe it in: ws init --values - < FILE",
    ].join("\n"),
  },
  {
    title: "ws rotate: no token, and nobody to ask",
    run: ws("rotate", "--token"),
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the deploy token: there is no new value, and no terminal to ask for it",
      "    Give it on standard input (--value -), or have one made (--platform).",
    ].join("\n"),
  },
  {
    title: "ws rotate: a token of the wrong form",
    run: ws("rotate", "--token", "--value", "-"),
    input: `${CANARY}\n`,
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - standard input: a token has 40 to 80 letters, digits, _ or -; this one has 17 characters or others",
      "    Give the value there: ws rotate --token --value - < FILE",
    ].join("\n"),
  },
  {
    title: "ws rotate: no value, and nobody to ask",
    run: ws("rotate", "API_KEY"),
    code: 1,
    text: [
      "Reading bad/dev-secrets …",
      "One problem found; nothing was changed.",
      "  - API_KEY: there is no new value, and no terminal to ask for it",
      "    Give it on standard input (--value -), or have one made (--generate).",
    ].join("\n"),
  },
  {
    title: "ws adopt: a Worker that is not there",
    run: ws("adopt", "nobody"),
    code: 1,
    text: [
      "Checking the token against the account …",
      "Reading the Worker 'nobody' …",
      "One problem found; nothing was changed.",
      "  - Cloudflare account $ACCOUNT: it has no Worker 'nobody'; it has none",
      "    Name one of them, or let 'pulumi up' make a new one: nothing has to be adopted then.",
    ].join("\n"),
  },
  {
    title: "ws promote: a stack that is not there",
    run: ws("promote", "nobody", "dev", "--yes"),
    code: 1,
    text: [
      "Comparing nobody with dev …",
      "One problem found; nothing was changed.",
      "  - stack sandbox/bad/nobody: it is not there, or has never come up",
      "    Deploy it first: pulumi up --stack nobody",
    ].join("\n"),
  },
  {
    title: "ws promote: a stack to itself",
    run: ws("promote", "dev", "dev", "--yes"),
    code: 1,
    text: [
      "Comparing dev with dev …",
      "2 problems found; nothing was changed.",
      "  - FROM and TO: they are the same stack",
      "    Name two: ws promote dev staging",
      "  - stack sandbox/bad/dev: it is not there, or has never come up",
      "    Deploy it first: pulumi up --stack dev",
    ].join("\n"),
  },
  {
    title: "ws drift: a config key that is nearly a known one, and one in the long form",
    run: ws("drift"),
    files: {
      "Pulumi.dev.yaml":
        "environment:\n  - bad/dev\nconfig:\n  worker-secrets:scriptname: x\n  worker-secrets:config:prod: true\n",
    },
    code: 1,
    text: [
      "2 problems found; nothing was changed.",
      "  - Pulumi.dev.yaml:4, worker-secrets:scriptname: there is no such config key, so it would do nothing; did you mean 'scriptName'?",
      "    Write worker-secrets:scriptName. If your own code reads it, give it another name, or a namespace of its own.",
      "  - Pulumi.dev.yaml:5, worker-secrets:config:prod: pulumi takes the key in this form, and ws does not read it",
      "    Write worker-secrets:prod.",
    ].join("\n"),
  },
  ...["drift", "init", "adopt", "rotate"].map((command) => ({
    title: `ws ${command}: config keys in the project's namespace, where versions before 0.2 had them`,
    run: ws(command, ...({ adopt: ["bad-dev"], rotate: ["API_KEY", "--generate"] }[command] ?? [])),
    files: {
      "Pulumi.dev.yaml":
        "environment:\n  - bad/dev\nconfig:\n  bad:scriptName: x\n  worker-secrets:prod: true\n  prod: true\n  bad:mine: 1\n",
      "Pulumi.yaml": "name: bad\nruntime: nodejs\nconfig:\n  promoteFrom: staging\n",
    },
    code: 1 as const,
    text: [
      "3 problems found; nothing was changed.",
      "  - Pulumi.dev.yaml:4, bad:scriptName: the key is called worker-secrets:scriptName now, whatever the project is called, and this one is not read",
      "    Write worker-secrets:scriptName. If your own code reads it, give it another name.",
      "  - Pulumi.dev.yaml:6, prod: the key is called worker-secrets:prod now, whatever the project is called, and this one is not read",
      "    Take it out: worker-secrets:prod is set as well. If your own code reads it, give it another name.",
      "  - Pulumi.yaml:4, promoteFrom: the key is called worker-secrets:promoteFrom now, whatever the project is called, and this one is not read",
      "    Write worker-secrets:promoteFrom. If your own code reads it, give it another name.",
    ].join("\n"),
  })),
  {
    title: "ws promote: a stack without Environments",
    run: ws("promote", "dev", "staging", "--yes"),
    files: { "Pulumi.staging.yaml": "environment:\n  - bad/staging\n" },
    code: 1,
    text: [
      "Comparing dev with staging …",
      "One problem found; nothing was changed.",
      "  - Environment bad/staging-secrets: it is not there",
      "    Make what the stack needs: npx worker-secrets init staging",
    ].join("\n"),
  },
  {
    title: "ws rollback: a stack without Environments",
    run: ws("rollback", "--yes", "--json", "--stack", "staging"),
    files: { "Pulumi.staging.yaml": "environment:\n  - bad/staging\n" },
    code: 1,
    text: JSON.stringify({
      ok: false,
      message: [
        "One problem found; nothing was changed.",
        "  - Environment bad/staging-secrets: it is not there",
        "    Make what the stack needs: npx worker-secrets init staging",
      ].join("\n"),
      faults: [
        {
          where: "Environment bad/staging-secrets",
          what: "it is not there",
          fix: "Make what the stack needs: npx worker-secrets init staging",
        },
      ],
      effect: [{ kind: "none" }],
    }),
  },
  {
    title: "ws rollback: a stack that was never up",
    run: ws("rollback", "--yes"),
    code: 1,
    text: [
      "Reading the history of dev …",
      "One problem found; nothing was changed.",
      "  - history of dev: no update of the stack ended well yet",
      "    Look at it: pulumi stack history --stack dev, and name a version of an update: --to VERSION",
    ].join("\n"),
  },
  {
    title: "ws teardown: not confirmed",
    run: ws("teardown"),
    code: 1,
    text: [
      "Stack sandbox/bad/dev at $PULUMI, by its config file",
      "One problem found; nothing was changed.",
      "  - --yes: this has to be confirmed by the stack's name, and there is no terminal to ask in",
      "    Write --yes dev",
    ].join("\n"),
  },
  {
    title: "ws teardown: confirmed by another name",
    run: ws("teardown", "--yes", "prod"),
    code: 1,
    text: [
      "Stack sandbox/bad/dev at $PULUMI, by its config file",
      "One problem found; nothing was changed.",
      "  - --yes: 'prod' is not the stack's name",
      "    Write --yes dev",
    ].join("\n"),
  },
];

/** Variables that name no cloud, or the wrong one. */
export const commandVariableRows: readonly CommandRow[] = [
  {
    title: "PULUMI_BACKEND_URL: a folder",
    run: ws("drift"),
    env: { PULUMI_BACKEND_URL: "file://~" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the state backend: 'file://~' is no address of a Pulumi Cloud: it keeps state outside Pulumi Cloud, and ESC needs Pulumi Cloud",
      "    Run: pulumi login (or pulumi login https://your.pulumi.cloud for a self-hosted one)",
    ].join("\n"),
  },
  {
    title: "PULUMI_BACKEND_URL: a password in what is no URL",
    run: ws("drift"),
    env: { PULUMI_BACKEND_URL: `s3://me:${CANARY}@bucket` },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the state backend: 's3://…@bucket' is no address of a Pulumi Cloud: it keeps state outside Pulumi Cloud, and ESC needs Pulumi Cloud",
      "    Run: pulumi login (or pulumi login https://your.pulumi.cloud for a self-hosted one)",
    ].join("\n"),
  },
  {
    title: "PULUMI_BACKEND_URL: no URL behind http",
    run: ws("drift"),
    env: { PULUMI_BACKEND_URL: "http://" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the state backend: 'http://' is no address of a Pulumi Cloud: it keeps state outside Pulumi Cloud, and ESC needs Pulumi Cloud",
      "    Run: pulumi login (or pulumi login https://your.pulumi.cloud for a self-hosted one)",
    ].join("\n"),
  },
  {
    title: "PULUMI_BACKEND_URL: nobody answers",
    run: ws("drift"),
    env: { PULUMI_BACKEND_URL: "http://127.0.0.1:9" },
    code: 1,
    text: [
      "GET /api/user/organizations/default got no answer from 127.0.0.1:9: bad port",
      "Nothing was changed; run the same command again.",
    ].join("\n"),
  },
  {
    title: "PULUMI_BACKEND_URL: nothing listens there",
    run: ws("drift"),
    env: { PULUMI_BACKEND_URL: "http://127.0.0.1:2" },
    code: 1,
    text: [
      "GET /api/user/organizations/default got no answer from 127.0.0.1:2: ECONNREFUSED",
      "The address is on this machine, and nothing listens there: start the sandbox (npx worker-secrets sandbox).\nNothing was changed; run the same command again.",
    ].join("\n"),
  },
  {
    title: "PULUMI_BACKEND_URL: nothing listens there for a command that writes",
    run: ws("rollback", "--yes"),
    env: { PULUMI_BACKEND_URL: "http://127.0.0.1:2" },
    code: 1,
    text: [
      "GET /api/user/organizations/default got no answer from 127.0.0.1:2: ECONNREFUSED",
      "The address is on this machine, and nothing listens there: start the sandbox (npx worker-secrets sandbox).\nNothing was changed; run the same command again.",
    ].join("\n"),
  },
  {
    title: "ws drift: a project's file that is no YAML",
    run: ws("drift", "--stack", "dev"),
    files: { "Pulumi.yaml": "name: bad\n  runtime: nodejs\n" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - $ROOT/Pulumi.yaml:1:7: the project's file is not valid YAML: Nested mappings are not allowed in compact mappings",
      "    Mend the file.",
    ].join("\n"),
  },
  {
    title: "PULUMI_ACCESS_TOKEN: not there",
    run: ws("drift"),
    env: { PULUMI_ACCESS_TOKEN: undefined },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - $PULUMI: nobody is logged in there",
      "    Run: pulumi login, or set PULUMI_ACCESS_TOKEN",
    ].join("\n"),
  },
  {
    title: "PULUMI_ACCESS_TOKEN: another one",
    run: ws("drift"),
    env: { PULUMI_ACCESS_TOKEN: CANARY.padEnd(44, "x") },
    code: 1,
    text: [
      "Unauthorized: No credentials provided or are invalid. Set PULUMI_ACCESS_TOKEN to the sandbox's token.",
      "Nothing was changed.",
      "The credential of this call is not valid (any more): pulumi login, or a new PULUMI_ACCESS_TOKEN; for Cloudflare: npx worker-secrets doctor",
    ].join("\n"),
  },
  {
    title: "PULUMI_STACK: no name",
    run: ws("drift"),
    env: { PULUMI_STACK: "../dev" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - the stack (--stack, PULUMI_STACK): what is given is no stack's name (letters, digits, '-', '_' and '.')",
      "    Write --stack NAME or --stack ORGANIZATION/NAME.",
    ].join("\n"),
  },
  {
    title: "CLOUDFLARE_BASE_URL: no URL",
    run: ws("drift"),
    env: { CLOUDFLARE_BASE_URL: "api.cloudflare.example" },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - CLOUDFLARE_BASE_URL: 'api.cloudflare.example' is not an http(s) URL, so Cloudflare's API can't be called",
      "    Unset the variable for the real API (https://api.cloudflare.com/client/v4), or take the sandbox's: npx worker-secrets sandbox prints it.",
    ].join("\n"),
  },
  {
    title: "CLOUDFLARE_BASE_URL: the real one beside the sandbox",
    run: ws("drift"),
    env: { CLOUDFLARE_BASE_URL: undefined },
    code: 1,
    text: [
      "One problem found; nothing was changed.",
      "  - CLOUDFLARE_BASE_URL: one of the two clouds is on this machine and the other is the real one; tokens of one world must not reach the other",
      "    Set both variables to the sandbox's addresses (npx worker-secrets sandbox prints them), or unset both.",
    ].join("\n"),
  },
  {
    title: "SANDBOX_TOKEN: too short",
    run: ["packages/sandbox/src/main.ts", "--port", "0", "--data", "$ROOT/../data-2"],
    env: { SANDBOX_TOKEN: CANARY },
    code: 1,
    text: 'The token has the wrong form (17 characters; it takes 40 to 80 letters, digits, _ or -). Make one: echo "sandbox-$(openssl rand -hex 24)"',
  },
];

/** The other commands of the repository. */
export const otherRows: readonly CommandRow[] = [
  {
    title: "sandbox: a limit that is none",
    run: ["packages/sandbox/src/main.ts", "--rate-limit", "many"],
    code: 2,
    text: [
      "what --rate-limit gives is not a limit: give N or N/SECONDS, such as 100 or 1200/300",
      "",
      "$HELP",
    ].join("\n"),
  },
  {
    title: "sandbox: no folder",
    run: ["packages/sandbox/src/main.ts", "--data", ""],
    code: 2,
    text: ["--data is empty", "", "$HELP"].join("\n"),
  },
  {
    title: "sandbox: a word",
    run: ["packages/sandbox/src/main.ts", "start"],
    code: 2,
    text: ["there is a word too many", "", "$HELP"].join("\n"),
  },
  {
    title: "npm start: a port that is none",
    run: ["packages/worker-secrets/src/cli/commands/tour/main.ts", "--port", "70000"],
    code: 2,
    text: ["what --port gives is not a port (0 to 65534)", "", "$HELP"].join("\n"),
  },
  {
    title: "npm start: a word",
    run: ["packages/worker-secrets/src/cli/commands/tour/main.ts", "once"],
    code: 2,
    text: ["there is a word too many", "", "$HELP"].join("\n"),
  },
  {
    title: "definition: no stack",
    run: ["packages/worker-secrets/src/cli/commands/definition/main.ts"],
    code: 2,
    text: ["no stack is named", "", "$HELP"].join("\n"),
  },
  {
    title: "definition: a path",
    run: ["packages/worker-secrets/src/cli/commands/definition/main.ts", "../dev"],
    code: 2,
    text: ["what is given is no stack's name", "", "$HELP"].join("\n"),
  },
  {
    title: "esc: no command",
    run: ["packages/worker-secrets/src/cli/commands/esc/main.ts"],
    code: 2,
    text: ["the command must be check or eval", "", "$HELP"].join("\n"),
  },
  {
    title: "esc: a command that is none",
    run: ["packages/worker-secrets/src/cli/commands/esc/main.ts", "open", "Pulumi.yaml"],
    code: 2,
    text: ["the command must be check or eval", "", "$HELP"].join("\n"),
  },
  {
    title: "esc: a file that is not there",
    run: ["packages/worker-secrets/src/cli/commands/esc/main.ts", "check", "none.yaml"],
    code: 2,
    text: "FILE can't be read: ENOENT",
  },
  {
    title: "esc: a folder of imports that is not there",
    run: [
      "packages/worker-secrets/src/cli/commands/esc/main.ts",
      "check",
      "Pulumi.yaml",
      "--env-dir",
      "none",
    ],
    code: 2,
    text: ["what --env-dir names is not a folder", "", "$HELP"].join("\n"),
  },
  {
    title: "esc: a definition with a fault",
    run: ["packages/worker-secrets/src/cli/commands/esc/main.ts", "check", "env.yaml"],
    files: { "env.yaml": `values:\n  a: {fn::secret: ${CANARY}}\n  b: \${c}\n` },
    code: 1,
    text: [
      'env.yaml:3:8: error: unknown property "c"',
      "    (the line is not shown: it may hold a secret)",
    ].join("\n"),
  },
];
