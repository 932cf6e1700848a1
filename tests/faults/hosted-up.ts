/** `node hosted-up.ts --root DIR --stack NAME`: an `up` as the commands of `ws` run it, which have none of its own. */
import { parseArgs } from "node:util";
import { withRunner } from "../../packages/worker-secrets/src/cli/engine/with-runner.ts";
import { openContext } from "../../packages/worker-secrets/src/cli/project/context.ts";
import { reportError } from "../../packages/worker-secrets/src/cli/terminal/command.ts";
import { note } from "../../packages/worker-secrets/src/cli/terminal/output.ts";

const { values } = parseArgs({ options: { root: { type: "string" }, stack: { type: "string" } } });
try {
  const context = await openContext({ root: values.root ?? ".", stack: values.stack });
  const never = new AbortController().signal;
  await withRunner(context, note, never, (host, output) => host.up(output));
} catch (error) {
  process.exitCode = reportError(error, false);
}
