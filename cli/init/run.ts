import { openContext } from "../context.ts";
import { canAsk } from "../prompts.ts";
import { projectRoot } from "../root.ts";
import { selectIfNone } from "../selected-stack.ts";
import { openStackFile } from "../stack-file.ts";
import { applyFilling, describeDone, foresee } from "./apply.ts";
import { readDeclared } from "./declared.ts";
import { planFilling } from "./fill.ts";
import { fullName } from "./given.ts";
import type { CommonOptions } from "./options.ts";
import { otherClient } from "./sources.ts";
import { takeOverNames } from "./stale.ts";
import { scriptNamesOn } from "./worker-secrets.ts";

export interface InitOptions extends CommonOptions {
  readonly fromWorker?: string;
}

/** `ws init`. Gives the exit code. */
export async function runInit(
  named: string | undefined,
  options: InitOptions,
  signal: AbortSignal,
): Promise<number> {
  const { json = false, dryRun = false } = options;
  const progress = (line: string) => void process.stderr.write(`${line} …\n`);
  const root = projectRoot(options.root);
  const context = await openContext({ stack: named ?? options.stack, root });
  signal.throwIfAborted();
  const file = openStackFile(context.stackFile);
  const organization = file.config(context.project, "organization") ?? context.organization;
  const notes = await takeOverNames(file, context, otherClient(context, organization));
  const declared = await readDeclared(context, file);
  const terminal = canAsk(json) ? { signal } : undefined;
  const filling = await planFilling({ context, file, declared, options, terminal, signal, progress });
  notes.push(...filling.notes, ...describeUnused(filling.unused, context.names.secrets));
  if (options.fromWorker !== undefined)
    notes.push(...(await scriptNamesOn(options.fromWorker, context, filling.account, declared.workers)));

  const done = dryRun
    ? foresee(context, file, filling)
    : await applyFilling(context, file, declared, filling, options.replace ?? [], signal, progress);
  if (!dryRun && (await selectIfNone(context)))
    notes.push(`${context.stack} is selected now, for 'pulumi' and 'ws' in this folder`);
  const next = dryRun
    ? "the same command without --dry-run"
    : `npm exec -c 'pulumi preview --stack ${context.stack}'`;
  if (json) process.stdout.write(`${JSON.stringify({ ok: true, dryRun, ...done, notes, next })}\n`);
  else {
    const lines = [...describeDone(done, dryRun), ...notes.map((note) => `Note: ${note}`), `Next: ${next}`];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return 0;
}

/** What an old place holds and no Worker declares: not taken over, and never a reason to stop. */
function describeUnused(
  unused: readonly { name: string; worker?: string | undefined; source: string }[],
  target: string,
): string[] {
  const bySource = new Map<string, string[]>();
  for (const one of unused) bySource.set(one.source, [...(bySource.get(one.source) ?? []), fullName(one)]);
  return [...bySource].map(
    ([source, names]) =>
      `${source} also holds ${names.join(", ")}, which no Worker declares: not taken over. To bind one, add its name to 'secrets.required' of the wrangler file and run the command again (it goes to ${target}); a value that is not secret belongs in 'vars'.`,
  );
}
