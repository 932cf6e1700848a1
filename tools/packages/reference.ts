import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { typesConfig } from "./build.ts";

const NOTE = "<!-- Generated from the docstrings by `npm run api`. Change those, and run it again. -->";

/** The reference page of a built package's main entry (its `.d.ts`), as Markdown. `scratch`: a folder for the tool's own files. */
export async function referencePage(
  name: string,
  entry: string,
  built: ReadonlyMap<string, string>,
  scratch: string,
): Promise<string> {
  const out = mkdtempSync(join(scratch, "reference-"));
  const tsconfig = join(out, "tsconfig.json");
  writeFileSync(tsconfig, JSON.stringify(typesConfig([entry], built)));
  const options: Partial<TypeDocOptions & PluginOptions> = {
    name,
    entryPoints: [entry],
    tsconfig,
    // Never by default: that is ./docs, which TypeDoc empties first.
    outputs: [{ name: "markdown", path: join(out, "pages") }],
    plugin: ["typedoc-plugin-markdown"],
    readme: "none",
    disableGit: true,
    disableSources: true,
    excludeExternals: true,
    groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases"],
    treatWarningsAsErrors: true,
    logLevel: "Warn",
    outputFileStrategy: "modules",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error(`TypeDoc can't read ${entry}`);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error(`TypeDoc failed for ${name}`);
  const [title, ...rest] = readFileSync(join(out, "pages", "README.md"), "utf8").split("\n");
  return [title, "", NOTE, ...rest].join("\n");
}
