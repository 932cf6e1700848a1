import { type CommandModule, ExitCode, printJson } from "../../terminal/command.ts";
import { ROOT_OPTION, STACK_OPTION } from "../../terminal/option-values.ts";
import { note, print, printed } from "../../terminal/output.ts";

interface DoctorOptions {
  readonly stack?: string;
  readonly root?: string;
  readonly json?: true;
}

export const command: CommandModule = {
  register(program, run) {
    program
      .command("doctor")
      .description(
        "Check tools, login, Environments, token, account and Workers; say what mends each; reads only.",
      )
      .option(...STACK_OPTION)
      .option("--json", "one JSON object on standard output: {ok, checks: [{check, status, detail, fix}]}")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
Works when nothing is set up yet: it says what to do first.

Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 2 wrong usage, 130 interrupted.`,
      )
      .action((options: DoctorOptions) =>
        run((signal) => runDoctor(options, signal), { json: options.json }),
      );
  },
};

async function runDoctor({ stack, root, json }: DoctorOptions, signal: AbortSignal): Promise<number> {
  const [{ diagnose }, { describeChecks }, { projectRoot }] = await Promise.all([
    import("./run.ts"),
    import("./check.ts"),
    import("../../project/root.ts"),
  ]);
  const folder = projectRoot(root);
  note("Looking at tools, logins, Environments and Workers …");
  const stop = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  const checks = await Promise.race([diagnose(folder, stack), stop]);
  const failed = checks.some(({ status }) => status === "fail");
  if (json) printJson({ ok: !failed, checks });
  else print(describeChecks(checks));
  await printed();
  return failed ? ExitCode.failed : ExitCode.ok;
}
