import { readFileSync } from "node:fs";
import { workerName } from "./names.ts";

/** What `pulumi new` replaces in every file of a template by the new project's name. */
const PROJECT = "$" + "{PROJECT}";
const DESCRIPTION = "$" + "{DESCRIPTION}";
const DEFAULT_DESCRIPTION = "A Cloudflare Worker and its secrets, declared as one stack";

/** For `pulumi new`, which takes it out of the new project. */
const FOR_PULUMI_NEW = `template:
  displayName: Cloudflare Worker secrets
  description: A Cloudflare Worker's secrets from a Pulumi ESC Environment, declared as one stack
  quickstart: |
    Then, instead of 'pulumi up' at once:
      npm test                           # the stack's own tests, on the local sandbox
      npm start                          # the tour, without an account
      npx worker-secrets init dev        # asks, hidden, for what the stack needs
      pulumi up --stack dev
`;

export type Files = Readonly<Record<string, string>>;

/** Text by path. The build writes it from the files at the top of the repository; names are what `pulumi new` replaces. */
export function readTemplate(): Files {
  return JSON.parse(readFileSync(new URL("./template.json", import.meta.url), "utf8"));
}

/** The files of a new project. Pure. */
export function projectFiles(template: Files, project: string): Files {
  return mapFiles(template, (path, text) =>
    text
      .replaceAll(PROJECT, isPulumis(path) ? project : workerName(project))
      .replaceAll(DESCRIPTION, DEFAULT_DESCRIPTION),
  );
}

/**
 * The files of a folder for `pulumi new`. In YAML it puts a line break behind a project's name (3.259), so the imports of the stacks' files
 * can't have it: `worker-secrets init` replaces them. Pure.
 */
export function pulumiTemplateFiles(template: Files): Files {
  return mapFiles(template, (path, text) =>
    path === "Pulumi.yaml" ? text + FOR_PULUMI_NEW : text.replaceAll(`${PROJECT}/`, "PROJECT/"),
  );
}

/** Names of packages and Workers have stricter rules. */
function isPulumis(path: string): boolean {
  return /^Pulumi\..*yaml$/.test(path) || path === "README.md";
}

function mapFiles(files: Files, to: (path: string, text: string) => string): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, to(path, text)]));
}
