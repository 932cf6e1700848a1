import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { firstRegistration } from "../../../tests/helpers/first-registration.ts";
import { type Figure, pair } from "../measure.ts";
import type { Project, World } from "../world.ts";
import { startable } from "./program.ts";

/** The program's load as Node strips its types, beside the same program compiled to JavaScript beforehand. */
export async function typeStripping(world: World, project: Project, runs: number): Promise<Figure> {
  const stripped = await startable(world, project);
  const folder = `${project.folder}-js`;
  cpSync(project.folder, folder, { recursive: true, verbatimSymlinks: true });
  await compile(folder);
  const compiled = { ...stripped, rootDirectory: folder, programDirectory: folder };
  const ours = async () => (await firstRegistration(stripped)).milliseconds;
  const theirs = async () => (await firstRegistration(compiled)).milliseconds;
  await ours();
  await theirs();
  return pair(
    "typeStripping",
    "the same program compiled to JavaScript beforehand",
    runs,
    ours,
    theirs,
    "programLoad's run again: types stripped by Node, kept in its compile cache",
  );
}

/** Every TypeScript file of the program, in place, under the name that Node then looks for. */
async function compile(folder: string): Promise<void> {
  for (const file of globSync(["index.ts", "packages/worker-secrets/src/**/*.ts"], { cwd: folder })) {
    const { code } = await transform(readFileSync(join(folder, file), "utf8"), {
      loader: "ts",
      format: "esm",
    });
    const named = code.replace(/((?:from|import)\s*\(?\s*"\.[^"]+)\.ts"/g, '$1.js"');
    writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), named);
  }
  const description = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...description, main: "index.js" }));
}
