/** `node hosted-up.ts --root DIR --stack NAME`: an `up` as the commands of `ws` run it, which have none of its own. */
import { parseArgs } from "node:util";
import { reportError } from "../../cli/command.ts";
import { openContext } from "../../cli/context.ts";
import { progressLine, withRunner } from "../../cli/promote/deploy.ts";

const { values } = parseArgs({ options: { root: { type: "string" }, stack: { type: "string" } } });
try {
  const context = await openContext({ root: values.root ?? ".", stack: values.stack });
  const never = new AbortController().signal;
  await withRunner(context, progressLine, never, (host, output) => host.up(output));
} catch (error) {
  process.exitCode = reportError(error, false);
}
