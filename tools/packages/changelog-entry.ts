/** The text below a version's heading of a `CHANGELOG.md`; `undefined` where it has none. Pure. */
export function entryOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((one) => one.startsWith(`${version}\n`));
  return section?.slice(version.length).trim();
}
