#!/usr/bin/env node
import { CommanderError } from "commander";
import { useCompileCache } from "../preload/compile-cache.mjs";
import { goWhereCalled } from "./project/npm-run.ts";
import { ignoreClosedOutput } from "./terminal/closed-output.ts";
import { type CommandModule, ExitCode, type Runner, seeHelp } from "./terminal/command.ts";
import { exitCodeUnder, onInterruption } from "./terminal/interrupt.ts";
import { QuietCommand, refuseValues } from "./terminal/usage.ts";

useCompileCache();
goWhereCalled();
ignoreClosedOutput();

/** Each command's code is loaded only when it is called, or for the list of all. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  init: async () => (await import("./commands/init/command.ts")).command,
  adopt: async () => (await import("./commands/adopt/command.ts")).command,
  dev: async () => (await import("./commands/dev/command.ts")).command,
  doctor: async () => (await import("./commands/doctor/command.ts")).command,
  drift: async () => (await import("./commands/drift/command.ts")).command,
  promote: async () => (await import("./commands/promote/command.ts")).command,
  rollback: async () => (await import("./commands/rollback/command.ts")).command,
  rotate: async () => (await import("./commands/rotate/command.ts")).command,
  teardown: async () => (await import("./commands/teardown/command.ts")).command,
};

/** Commands that read their own arguments, since they are as useful without a project. */
const STANDALONE: Readonly<Record<string, () => Promise<unknown>>> = {
  ci: () => import("./commands/ci/main.ts"),
  definition: () => import("./commands/definition/main.ts"),
  esc: () => import("./commands/esc/main.ts"),
  sandbox: () => import("./commands/sandbox/main.ts"),
  tour: () => import("./commands/tour/main.ts"),
};

const AFTER_HELP = `
Also:
  sandbox [options]                  both clouds' APIs on this machine, in the foreground
  tour [options]                     the whole life of the project's secrets on the local sandbox, without an account
  definition STACK                   print the definition of the stack's Environment
  esc check|eval FILE                check or evaluate an ESC definition in a file
  ci check [options]                 list what the settings of GitHub and Pulumi Cloud leave open to unreviewed code

Exit codes: 0 done, 1 it failed or found what it looks for, 2 wrong usage, 130 interrupted.
Every command may be interrupted and run again. Where the clouds are: PULUMI_BACKEND_URL and CLOUDFLARE_BASE_URL, both
unset for the real ones.`;

async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const interrupted = onInterruption();
  const run: Runner = async (action, { json = false } = {}) => {
    exitCode = await exitCodeUnder(interrupted, json, () => action(interrupted));
  };

  const named = COMMANDS[args[0] ?? ""];
  const program = new QuietCommand("ws")
    .description("The life of a Cloudflare Worker's secrets, beside 'pulumi preview' and 'pulumi up'.")
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .configureOutput({
      outputError: (text, write) => write(`${text}${seeHelp(named === undefined ? undefined : args[0])}\n`),
    })
    .addHelpText("after", AFTER_HELP)
    .hook("preAction", (_program, command) => refuseValues(command));
  for (const load of named === undefined ? Object.values(COMMANDS) : [named]) {
    const command = await load();
    command.register(program, run);
  }
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what is wrong, or the help that was asked for.
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
  return exitCode;
}

const standalone = STANDALONE[process.argv[2] ?? ""];
if (standalone === undefined) process.exitCode = await main(process.argv.slice(2));
else {
  process.argv.splice(2, 1);
  await standalone();
}
