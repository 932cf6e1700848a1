/**
 * Lets a command go on to its end where nobody reads its output any more: who reads it may have seen enough (`ws doctor | head`), or
 * the terminal may be gone, and the command may be in the middle of a change. Without a listener each failed write is an uncaught
 * error, which the SDK reports by another write, for ever.
 */
export function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
