/** What workerd heeds of its environment. */
const HEEDED =
  /^(PATH|HOME|TMPDIR|TMP|TEMP|TZ|LANG|LC_\w+|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS|LD_\w+|DYLD_\w+|FORCE_COLOR|SystemRoot)$/i;

/** The host of a stack sets these for as long as an operation runs, and workerd may be started in the middle of one. */
const COME_AND_GO = ["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG", "CLOUDFLARE_API_TOKEN", "SANDBOX_TOKEN"];

/**
 * Empties what workerd has no use for, tokens above all: miniflare hands it every variable of this process, and takes a
 * list of those to set.
 */
export function emptied(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = [...Object.keys(env), ...COME_AND_GO].filter((name) => !HEEDED.test(name));
  return Object.fromEntries(names.map((name) => [name, ""]));
}
