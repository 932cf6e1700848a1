/** One file that differs from the base: its letter of `git diff --name-status`, and its path. */
export interface Changed {
  readonly status: string;
  readonly path: string;
}

/** Packages' folders whose public types differ from the base without a changeset that differs too. Pure. */
export function withoutChangeset(changed: readonly Changed[]): readonly string[] {
  const described = changed.some(
    ({ status, path }) => status !== "D" && /^\.changeset\/(?!README\.md)[^/]+\.md$/.test(path),
  );
  if (described) return [];
  return changed.flatMap(({ path }) => /^packages\/([^/]+)\/api\.md$/.exec(path)?.[1] ?? []);
}

/** Reads `git diff --name-status --no-renames`. */
export function readChanged(printed: string): readonly Changed[] {
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [status = "", path = ""] = line.split("\t");
      return { status, path };
    });
}
