/**
 * How changesets writes `CHANGELOG.md`: a change's own text, without its commit. A new version of our other packages is no entry, since
 * all have the same version.
 */
export default {
  getReleaseLine: async ({ summary }: { readonly summary: string }) => {
    const [first = "", ...rest] = summary.trimEnd().split("\n");
    return [`- ${first}`, ...rest.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");
  },
  getDependencyReleaseLine: async () => "",
};
