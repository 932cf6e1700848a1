import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The variables that the CLI sets before it starts a program: those of the Environments that the stack's config file lists,
 * and a path for each of their `files`, which it writes first (Pulumi 3.259, `getStackConfigurationFromProjectStack`).
 *
 * @param opened values of the file's `environment`
 * @param folder for the files; readable by this user alone
 */
export async function environmentVariables(
  opened: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<Record<string, string>> {
  const variables = texts(opened.environmentVariables);
  const files = Object.entries(texts(opened.files));
  if (files.length === 0) return variables;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const run = await mkdtemp(join(folder, "files-"));
  await Promise.all(
    files.map(async ([name, text], index) => {
      const path = join(run, String(index));
      await writeFile(path, text, { mode: 0o600 });
      variables[name] = path;
    }),
  );
  return variables;
}

/** ESC leaves out what is no text, number or boolean. */
function texts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, own]) => ["string", "number", "boolean"].includes(typeof own))
      .map(([name, own]) => [name, String(own)]),
  );
}
