import { type CommandModule, ExitCode, printJson } from "../../terminal/command.ts";
import { ROOT_OPTION, STACK_OPTION } from "../../terminal/option-values.ts";
import { note, print } from "../../terminal/output.ts";

interface DriftOptions {
  readonly stack?: string;
  readonly root?: string;
  readonly json?: true;
}

export const command: CommandModule = {
  register(program, run) {
    program
      .command("drift")
      .description("Tell what changed on the Workers and in ESC since the stack's last update; reads only.")
      .option(...STACK_OPTION)
      .option(
        "--json",
        "one JSON object on standard output: {ok, drift, findings: [{kind, level, where, what, fix}]}",
      )
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
It sees what 'pulumi refresh' can't: secrets, plain bindings, crons, deployments of others, values that changed in ESC.

Exit codes: 0 no drift, 1 drift (or it could not be looked at), 2 wrong usage, 130 interrupted.`,
      )
      .action((options: DriftOptions) => run((signal) => runDrift(options, signal), { json: options.json }));
  },
};

async function runDrift({ stack, root: named, json }: DriftOptions, signal: AbortSignal): Promise<number> {
  const [
    { openContext },
    { projectRoot },
    { openStackFile },
    { readDeclared },
    { detectDrift },
    { describeFindings },
  ] = await Promise.all([
    import("../../project/context.ts"),
    import("../../project/root.ts"),
    import("../../project/stack-file.ts"),
    import("../../project/declared.ts"),
    import("./detect.ts"),
    import("./findings.ts"),
  ]);
  const root = projectRoot(named);
  const context = await openContext({ stack, root });
  const declared = await readDeclared(context, openStackFile(context.stackFile));
  note(`Reading the stack ${context.stack} and its Workers …`);
  const findings = await detectDrift(context, declared);
  signal.throwIfAborted();
  const drift = findings.some(({ level }) => level === "drift");
  if (json) printJson({ ok: true, drift, findings });
  else print(describeFindings(findings, context.stack));
  return drift ? ExitCode.failed : ExitCode.ok;
}
