import { CommanderError } from "commander";
import { ExitCode, printJson } from "../../terminal/command.ts";
import { exitCodeUnder, onInterruption } from "../../terminal/interrupt.ts";
import { note, print, printed } from "../../terminal/output.ts";
import { QuietCommand, refuseValues } from "../../terminal/usage.ts";
import { describeFindings } from "./findings.ts";

interface CheckOptions {
  readonly repository?: string;
  readonly organization?: string;
  readonly json?: true;
}

const AFTER_HELP = `
Variables: GITHUB_TOKEN (or GH_TOKEN), the token of an administrator of the repository: no other one may read all of these
settings, nor may the token of a workflow. For Pulumi Cloud's policies: the login of 'pulumi login', or PULUMI_ACCESS_TOKEN.

Exit codes: 0 nothing is open, 1 something is open or can't be read, 2 wrong usage, 130 interrupted.`;

/** `npx worker-secrets ci check`: what the settings of GitHub and Pulumi Cloud let unreviewed code do. */
async function main(args: readonly string[]): Promise<number> {
  const interrupted = onInterruption();
  let exitCode: number = ExitCode.ok;
  const program = new QuietCommand("ws ci")
    .description("The settings that the pipelines rely on.")
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`${text}See: npx worker-secrets ci check --help\n`),
    })
    .hook("preAction", (_program, command) => refuseValues(command));
  program
    .command("check")
    .description(
      "Read the repository's settings back from GitHub, and the OIDC policies from Pulumi Cloud; list what is open; reads only.",
    )
    .option("--repository <owner/name>", "default: GITHUB_REPOSITORY, else the remote 'origin'")
    .option(
      "--organization <name>",
      "of Pulumi Cloud; default: the repository's variable PULUMI_ORGANIZATION",
    )
    .option(
      "--json",
      "one JSON object on standard output: {ok, repository, findings: [{level, where, what, fix}]}",
    )
    .addHelpText("after", AFTER_HELP)
    .action(async (options: CheckOptions) => {
      exitCode = await exitCodeUnder(interrupted, options.json ?? false, () => check(options));
    });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
  return exitCode;
}

/** Read, judge, print. */
async function check({ repository, organization, json }: CheckOptions): Promise<number> {
  const [{ gitHubReader }, { targetOf }, { readSettings }, { readIssuers }, { judge }] = await Promise.all([
    import("../../../api/github.ts"),
    import("./target.ts"),
    import("./settings.ts"),
    import("./issuers.ts"),
    import("./judge.ts"),
  ]);
  const target = await targetOf(repository, process.cwd(), process.env);
  note(`Reading the settings of ${target.repository} …`);
  const settings = await readSettings(gitHubReader(target.url, target.repository, target.token));
  const named = settings.organization;
  const of = organization ?? (named.kind === "read" ? named.value.value : undefined);
  const issuers =
    of !== undefined ? await readIssuers(of, process.env) : named.kind === "unread" ? named : undefined;
  const findings = judge(settings, issuers);
  const ok = findings.every(({ level }) => level === "advice");
  if (json) printJson({ ok, repository: settings.facts.full_name, findings });
  else print(describeFindings(findings, settings.facts.full_name));
  await printed();
  return ok ? ExitCode.ok : ExitCode.failed;
}

process.exitCode = await main(process.argv.slice(2));
