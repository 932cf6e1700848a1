/** What a helper process needs of this one's variables, and nothing that opens anything. */
const NEEDED =
  /^(PATH|HOME|TMPDIR|TMP|TEMP|TZ|LANG|LC_\w+|NODE_PATH|GOMAXPROCS|GOMEMLIMIT|ESBUILD_\w+|LD_\w+|DYLD_\w+|SystemRoot|ComSpec|PATHEXT)$/i;

/**
 * Calls `start` while this process has few variables, and gives it all of them back before anything else runs. For a
 * library that starts a process of its own in the very call and would hand it everything: the engine puts a stack's whole
 * config into a variable of the program, secrets included.
 */
export function startedApart<T>(start: () => T): T {
  const { env } = process;
  const rest = Object.entries(env).filter(([name]) => !NEEDED.test(name));
  for (const [name] of rest) delete env[name];
  try {
    return start();
  } finally {
    Object.assign(env, Object.fromEntries(rest));
  }
}
