import { ignoreMatcher } from "./ignore.ts";
import type { AssetFile } from "./list.ts";

/**
 * Files that hold secrets, or the way to them, by the name alone: as lines of an ignore file, so that the config key
 * `privateFiles` of an entry extends the list, and takes a name out with `!` before it.
 */
const PRIVATE: readonly string[] = [
  // Variables, wrangler's and everybody's.
  ".dev.vars*",
  ".env*",
  // Version control holds whatever was ever committed.
  ".git",
  ".hg",
  ".svn",
  // Logins of tools.
  ".npmrc",
  ".yarnrc*",
  ".netrc",
  ".pypirc",
  ".pgpass",
  ".htpasswd",
  ".git-credentials",
  ".ssh",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".gnupg",
  // State and settings of what deploys.
  ".wrangler",
  ".pulumi",
  ".terraform",
  "Pulumi.yaml",
  "Pulumi.*.yaml",
  "*.tfstate*",
  // Private keys, and stores of them.
  "*.pem",
  "*.key",
  "*.p12",
  "*.pfx",
  "*.jks",
  "*.keystore",
  "*.ppk",
  "*.kdbx",
  "id_rsa",
  "id_dsa",
  "id_ecdsa",
  "id_ed25519",
];

/**
 * The paths of an assets folder that are private, by their own names or by what a link leads to. `more`: the entry's own
 * lines; the last line that fits decides.
 */
export function privatePaths(
  files: readonly Pick<AssetFile, "path" | "linkedAs">[],
  more: readonly string[],
): string[] {
  const isPrivate = ignoreMatcher([...PRIVATE, ...more]);
  return files
    .filter(({ path, linkedAs }) => isPrivate(path) || (linkedAs !== undefined && isPrivate(linkedAs)))
    .map(({ path }) => path);
}
