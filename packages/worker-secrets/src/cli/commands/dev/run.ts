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
import { devCommand } from "./dev-command.ts";
import { devVarsName, shadowingFiles } from "./local-files.ts";
import { runInForeground } from "./run-in-foreground.ts";
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

/** `ws dev`. Gives the exit code; that of the command where one ran. */
export async function runDev(
  args: readonly string[],
  options: DevOptions,
  signal: AbortSignal,
): Promise<number> {
  const root = projectRoot(options.root);
  const context = await openContext({ stack: options.stack, root });
  const declared = await readDeclared(context, openStackFile(context.stackFile), { mayBeUnbuilt: true });
  const worker = chooseWorker(declared.workers, options.worker);
  const { directory, environment, requiredSecrets } = worker.config;
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
      `Note: wrangler takes only the names of secrets.required; the Worker will not have ${ignored.join(", ")}.`,
    );
  }
  const command = devCommand(args, worker.config, { ignore: options.ignore === true });
  if (worker.config.redirected && command.shownAs === "wrangler dev")
    note(
      `Note: wrangler dev runs what was built last (${worker.config.file}). The build tool's own server: npx worker-secrets dev -- vite dev`,
    );
  note(
    `Starting ${command.shownAs} with ${values.size} secrets in its environment; nothing is written to disk.`,
  );
  return runInForeground({
    ...command,
    cwd: directory,
    env: { ...childEnvironment(process.env, values, worker.config, root), ...command.env },
  });
}
