import { appendFileSync } from "node:fs";
import { openRunner } from "../../packages/worker-secrets/src/cli/engine/runner.ts";
import { openContext } from "../../packages/worker-secrets/src/cli/project/context.ts";

/**
 * `node verbose-run.ts ROOT STACK FILE`: an `up` (with its preview) with `-v=9 --logtostderr`. The program and the stand-ins run
 * in this process, so what this process prints is ours; the engine's own verbose log goes to FILE.
 */
const [root = "", stack = "", file = ""] = process.argv.slice(2);
const context = await openContext({ root, stack });
const host = await openRunner(context, (line) => console.log(line));
try {
  const { environmentVariables } = await context.client.openEnvironment(context.names.definition);
  // What the host does around its own operations (the program reads paths from the project's folder), and the engine for a program in a process of its own.
  process.chdir(root);
  Object.assign(process.env, environmentVariables, {
    PULUMI_API: context.pulumi.url,
    PULUMI_NODEJS_ROOT_DIRECTORY: root,
  });
  const how = {
    logVerbosity: 9,
    logToStdErr: true,
    diff: true,
    color: "never",
    onOutput: (text: string) => void process.stdout.write(text),
    onError: (text: string) => appendFileSync(file, text),
  } as const;
  const { summary } = await host.automation.up(how);
  console.log(summary.result);
} finally {
  await host.close();
}
