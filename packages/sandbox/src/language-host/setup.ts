/** `node packages/sandbox/src/language-host/setup.ts FOLDER`: a Pulumi home with the stand-ins, for the bare CLI against the sandbox. */
import { resolve } from "node:path";
import { note, print } from "../output.ts";
import { installStandIns } from "../providers/index.ts";
import { installLanguageHost } from "./install.ts";

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || folder.startsWith("-") || more.length > 0) {
  note(
    "usage: node packages/sandbox/src/language-host/setup.ts FOLDER   a folder for PULUMI_HOME, not your own ~/.pulumi",
  );
  process.exit(2);
}
const home = resolve(folder);
const providers = await installStandIns(home);
const host = await installLanguageHost(home);
const installed = [...providers.installed, ...host.installed];
note(installed.length === 0 ? "Everything was there already." : "Stand-ins, for use with the sandbox only:");
for (const path of installed) note(`  ${path}`);
// For `eval`, or to be read by somebody.
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
for (const [name, value] of Object.entries({ PULUMI_HOME: home, ...providers.env }))
  print(`export ${name}=${quoted(value)}`);
