import { devNull } from "node:os";
import { join, relative } from "node:path";
import { refuseIfAny } from "../../../faults.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { readDeclared } from "../../project/declared.ts";
import { projectRoot } from "../../project/root.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { chooseWorker, workerValues } from "../../project/worker-values.ts";
import { printJson } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { belowAssets } from "./below-assets.ts";
import { childEnvironment, environmentFaults, localValues, notTaken } from "./child-env.ts";
import { devVarsName, shadowingFiles } from "./local-files.ts";
import { findWrangler, runWrangler } from "./run-wrangler.ts";
import { describeWritten, writeDevVars } from "./write.ts";

export interface DevOptions {
  readonly stack?: string;
  readonly root?: string;
  readonly worker?: string;
  readonly write?: true;
  readonly force?: true;
  readonly ignore?: true;
  readonly json?: true;
}

/** `ws dev`. Gives the exit code; that of wrangler where wrangler ran. */
export async function runDev(
  args: readonly string[],
  options: DevOptions,
  signal: AbortSignal,
): Promise<number> {
  const root = projectRoot(options.root);
  const context = await openContext({ stack: options.stack, root });
  const declared = await readDeclared(context, openStackFile(context.stackFile));
  const worker = chooseWorker(declared.workers, options.worker);
  const { directory, configFile, environment, requiredSecrets, vars } = worker.config;
  note(`Opening ${context.names.secrets} for the Worker '${worker.name}' …`);
  const local = localValues(worker.programSecrets, process.env);
  const absent = worker.programSecrets.filter((name) => !local.has(name));
  if (absent.length > 0)
    note(
      `Note: the program passes ${absent.join(", ")} (programSecrets). Set a value for local work in this command's environment.`,
    );
  const values = new Map([...(await workerValues(context, declared, worker)), ...local]);
  signal.throwIfAborted();

  if (options.write) {
    announceStack(context);
    const file = join(directory, devVarsName(environment));
    refuseIfAny(belowAssets(file, root, declared.workers));
    const done = await writeDevVars(file, values, {
      shownAs: relative(root, file),
      source: context.names.secrets,
      force: options.force === true,
      signal,
    });
    for (const one of done.notes) note(`Note: ${one}`);
    if (options.json) printJson({ ok: true, ...done });
    else print(describeWritten(done));
    return 0;
  }

  const faults = environmentFaults(values, worker.name);
  if (!options.ignore) faults.push(...(await shadowingFiles({ directory, root, environment }, values)));
  refuseIfAny(faults);
  const ignored = notTaken(values, requiredSecrets);
  if (ignored.length > 0) {
    note(
      `Note: wrangler dev takes only the names of secrets.required; it will not have ${ignored.join(", ")}.`,
    );
  }
  const file = findWrangler(directory, root);
  note(`Starting wrangler dev with ${values.size} secrets in its environment; nothing is written to disk.`);
  return runWrangler({
    file,
    args: [
      "dev",
      ...(configFile === undefined || names(args, "--config", "-c") ? [] : ["--config", configFile]),
      ...(environment === undefined || names(args, "--env", "-e") ? [] : ["--env", environment]),
      // A file that is named takes the place of .dev.vars and .env; an empty one leaves the environment alone.
      ...(options.ignore && !names(args, "--env-file") ? ["--env-file", devNull] : []),
      ...args,
    ],
    cwd: directory,
    env: childEnvironment(process.env, values, { requiredSecrets, vars }),
  });
}

function names(args: readonly string[], ...options: readonly string[]): boolean {
  return args.some((arg) => options.some((option) => arg === option || arg.startsWith(`${option}=`)));
}
