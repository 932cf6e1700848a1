import { basename, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { projectNameFault } from "./names.ts";
import { argumentFault, note, print } from "./output.ts";
import { projectFiles, pulumiTemplateFiles, readTemplate } from "./template.ts";
import { folderFault, writeFiles } from "./write.ts";

const HELP = `Usage: npm create worker-secrets@latest FOLDER [-- options]

Creates a Pulumi project in FOLDER: a Cloudflare Worker, its secret bindings and the ESC Environment behind them, with tests
and a tour that need no account. FOLDER has to be new or empty.

  --name NAME          the project's name (default: the folder's)
  --pulumi-template    write a template for 'pulumi new FOLDER' instead of a project
  --help               this text

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

/** Something that the user has to change; nothing was written. */
class Refused extends Error {}

interface Wanted {
  readonly folder: string;
  readonly name: string | undefined;
  readonly pulumiTemplate: boolean;
}

function readOptions(args: readonly string[]): Wanted | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: "string" },
      "pulumi-template": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const [folder, ...others] = positionals;
  if (folder === undefined)
    throw new Error("The folder is missing, such as: npm create worker-secrets@latest shop");
  if (others.length > 0) throw new Error("One folder at a time: there is a word too many");
  return { folder, name: values.name, pulumiTemplate: values["pulumi-template"] };
}

function create({ folder, name = basename(resolve(folder)), pulumiTemplate }: Wanted): string {
  const full = folderFault(folder);
  if (full !== undefined)
    throw new Refused(`${folder}: ${full}. Nothing was written. Name a folder that does not exist yet.`);
  const template = readTemplate();
  if (pulumiTemplate) {
    writeFiles(folder, pulumiTemplateFiles(template));
    return `Wrote a template. Next: pulumi new ${resolve(folder)}`;
  }
  const fault = projectNameFault(name);
  if (fault !== undefined)
    throw new Refused(
      `The project can't be called '${name}': ${fault}. Nothing was written. Choose another: --name NAME`,
    );
  const files = projectFiles(template, name);
  writeFiles(folder, files);
  return nextSteps(name, relative(process.cwd(), resolve(folder)), Object.keys(files).length);
}

function nextSteps(name: string, folder: string, count: number): string {
  return `Created the project ${name}: ${count} files. Next:
${folder === "" ? "" : `\n  cd ${folder}`}
  npm install
  npm test                       # the stack's own tests, on the local sandbox
  npm start                      # the tour: the whole life of a secret, without an account

With real accounts, after 'pulumi login':

  npx worker-secrets init dev    # asks, hidden, for account, token and every secret
  pulumi up --stack dev`;
}

function main(): number {
  let wanted: Wanted | "help";
  try {
    wanted = readOptions(process.argv.slice(2));
  } catch (error) {
    note(`${argumentFault(error)}\n\n${HELP}`);
    return 2;
  }
  if (wanted === "help") {
    print(HELP);
    return 0;
  }
  try {
    print(create(wanted));
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    note(
      error instanceof Refused
        ? message
        : `${message}\nThe project in ${wanted.folder} is not complete: remove the folder and run the command again.`,
    );
    return 1;
  }
}

process.exitCode = main();
